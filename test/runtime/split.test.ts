import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { selectPerClass, splitValidation } from '../../runtime/data/split.ts'
import { at } from '../../src/base/lists.ts'
import { UserError } from '../../src/base/error.ts'

const labelled = (labels: ArrayLike<number>) => ({
  name: 'some',
  labels: Uint32Array.from(labels),
  count: labels.length,
})

/** Labels of three classes. */
const anyLabels = fc.uint8Array({ max: 2, minLength: 2, maxLength: 120 }).map((labels) => labelled(labels))
const ofClass = (labels: ArrayLike<number>, label: number): number =>
  Array.from(labels).filter((other) => other === label).length
const isRising = (indices: Uint32Array): boolean =>
  indices.every((index, position) => position === 0 || index > (indices[position - 1] ?? Infinity))

describe('some labels a class', () => {
  it('are exactly as many of every class, without repetition, in order', () => {
    fc.assert(
      fc.property(anyLabels, fc.integer(), (dataset, seed) => {
        const sizes = [0, 1, 2].map((label) => ofClass(dataset.labels, label)).filter((size) => size > 0)
        const perClass = Math.min(...sizes)
        const chosen = selectPerClass(dataset, perClass, seed)
        expect(isRising(chosen)).toBe(true)
        expect(chosen.length).toBe(perClass * sizes.length)
        const labels = Uint32Array.from(chosen, (index) => at(dataset.labels, index))
        for (const label of new Set(dataset.labels)) expect(ofClass(labels, label)).toBe(perClass)
      }),
    )
  })

  it('are the same for the same seed and draw, and others otherwise', () => {
    const dataset = labelled(Array.from({ length: 500 }, (_, index) => index % 5))
    expect(selectPerClass(dataset, 10, 1, 2)).toEqual(selectPerClass(dataset, 10, 1, 2))
    expect(selectPerClass(dataset, 10, 1, 2)).not.toEqual(selectPerClass(dataset, 10, 1, 3))
    expect(selectPerClass(dataset, 10, 1, 2)).not.toEqual(selectPerClass(dataset, 10, 2, 2))
  })

  it('take every image of a class equally often', () => {
    const dataset = labelled([0, 1, 0, 1, 0, 0])
    const counts = new Map<number, number>()
    for (let draw = 0; draw < 2000; draw++) {
      for (const index of selectPerClass(dataset, 1, 7, draw)) counts.set(index, (counts.get(index) ?? 0) + 1)
    }
    for (const [index, count] of counts) {
      expect(Math.abs(count - (dataset.labels[index] === 1 ? 1000 : 500))).toBeLessThan(140)
    }
    expect(counts.size).toBe(6)
  })

  it('cannot be more than there are: the class is named', () => {
    const dataset = labelled([0, 0, 0, 1, 1])
    expect(() => selectPerClass(dataset, 3, 1)).toThrow(UserError)
    expect(() => selectPerClass(dataset, 3, 1)).toThrow('class 1 has 2 images, fewer than 3')
  })

  it('are none of images that have none', () => {
    const unlabelled = { name: 'plain', labels: undefined, count: 10 }
    expect(() => selectPerClass(unlabelled, 1, 1)).toThrow(UserError)
    expect(() => selectPerClass(unlabelled, 1, 1)).toThrow('plain has no labels')
  })
})

describe('a validation split', () => {
  it('has every image once, and of each class the fraction, at least one and never all', () => {
    const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    fc.assert(
      fc.property(anyLabels, fraction, fc.integer(), (dataset, part, seed) => {
        fc.pre([...new Set(dataset.labels)].some((label) => ofClass(dataset.labels, label) > 1))
        const { train, validation } = splitValidation(dataset, part, seed)
        expect(isRising(train) && isRising(validation)).toBe(true)
        expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...dataset.labels.keys()])
        const aside = Uint32Array.from(validation, (index) => at(dataset.labels, index))
        for (const label of new Set(dataset.labels)) {
          const size = ofClass(dataset.labels, label)
          const expected = Math.min(size - 1, Math.max(1, Math.round(part * size)))
          expect(ofClass(aside, label)).toBe(expected)
        }
      }),
    )
  })

  it('is of all images where they have no labels', () => {
    const { train, validation } = splitValidation({ labels: undefined, count: 10 }, 0.3, 1)
    expect([train.length, validation.length]).toEqual([7, 3])
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('depends on the seed alone', () => {
    const dataset = labelled(new Uint8Array(100))
    expect(splitValidation(dataset, 0.1, 1)).toEqual(splitValidation(dataset, 0.1, 1))
    expect(splitValidation(dataset, 0.1, 1)).not.toEqual(splitValidation(dataset, 0.1, 2))
  })

  it('refuses a fraction that is none, and images of which none can be set aside', () => {
    const dataset = labelled([0, 1])
    for (const fraction of [0, 1, -0.1, 10, NaN]) {
      expect(() => splitValidation(dataset, fraction, 1)).toThrow('is not between 0 and 1')
    }
    expect(() => splitValidation(dataset, 0.5, 1)).toThrow('too few images')
  })
})
