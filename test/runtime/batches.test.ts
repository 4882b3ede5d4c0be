import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  batchIndices,
  batchesPerEpoch,
  gatherImages,
  gatherLabels,
  subset,
} from '../../runtime/batches/epoch.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import { UserError } from '../../src/base/error.ts'

const dataset: Dataset = {
  name: 'small',
  images: Uint8Array.from({ length: 12 }, (_, index) => index),
  labels: Uint8Array.from([7, 8, 9]),
  count: 3,
  channels: 1,
  height: 2,
  width: 2,
  classes: 10,
  mean: [0],
  std: [1],
}

describe('the batches of an epoch', () => {
  const sizes = fc
    .record({ count: fc.integer({ min: 1, max: 60 }), batch: fc.integer({ min: 1, max: 60 }) })
    .filter(({ count, batch }) => count >= batch)

  it('are full, and hold no image twice', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), fc.nat(5), ({ count, batch }, seed, epoch) => {
        const perEpoch = batchesPerEpoch(count, batch)
        const batches = Array.from({ length: perEpoch }, (_, at) =>
          batchIndices(count, batch, seed, epoch * perEpoch + at),
        )
        expect(batches.every((indices) => indices.length === batch)).toBe(true)
        const all = batches.flatMap((indices) => [...indices])
        expect(new Set(all).size).toBe(all.length)
        expect(all.every((index) => index < count)).toBe(true)
      }),
    )
  })

  it('leave out fewer images than a batch, others in each epoch', () => {
    const left = Array.from({ length: 40 }, (_, epoch) => {
      const taken = new Set([...batchIndices(10, 4, 1, 2 * epoch), ...batchIndices(10, 4, 1, 2 * epoch + 1)])
      return Array.from({ length: 10 }, (__, index) => index).filter((index) => !taken.has(index))
    })
    expect(left.every((indices) => indices.length === 2)).toBe(true)
    expect(new Set(left.flat()).size).toBe(10)
  })

  it('are the same in any order of asking, so that a resumed run sees them again', () => {
    const inOrder = Array.from({ length: 12 }, (_, step) => batchIndices(20, 6, 3, step))
    const backwards = Array.from({ length: 12 }, (_, step) => batchIndices(20, 6, 3, 11 - step)).reverse()
    expect(backwards).toEqual(inOrder)
    const between = inOrder.map((_, step) => {
      batchIndices(21, 6, 4, step)
      return batchIndices(20, 6, 3, step)
    })
    expect(between).toEqual(inOrder)
  })

  it('may be changed by who asked without changing what the next one gets', () => {
    const before = [...batchIndices(20, 6, 3, 0)]
    batchIndices(20, 6, 3, 0).fill(0)
    expect([...batchIndices(20, 6, 3, 0)]).toEqual(before)
  })

  it('differ from seed to seed and from epoch to epoch', () => {
    expect(batchIndices(50, 50, 1, 0)).not.toEqual(batchIndices(50, 50, 2, 0))
    expect(batchIndices(50, 50, 1, 0)).not.toEqual(batchIndices(50, 50, 1, 1))
  })

  it('cannot be filled by too few images: that is said in words', () => {
    expect(() => batchIndices(50, 64, 1, 0)).toThrow(UserError)
    expect(() => batchIndices(50, 64, 1, 0)).toThrow('50 images do not fill one batch of 64')
  })
})

describe('gathering', () => {
  it('copies images and labels in the order of the indices, also twice', () => {
    const indices = Uint32Array.from([2, 0, 2])
    expect([...gatherImages(dataset, indices)]).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
    expect([...gatherLabels(dataset, indices)]).toEqual([9, 7, 9])
  })

  it('makes a data set of its own of some images', () => {
    const part = subset(dataset, Uint32Array.from([1]))
    expect(part).toEqual({
      ...dataset,
      count: 1,
      images: Uint8Array.from([4, 5, 6, 7]),
      labels: Uint8Array.from([8]),
    })
  })

  it('of an image that does not exist is a bug', () => {
    expect(() => gatherImages(dataset, Uint32Array.from([3]))).toThrow(RangeError)
    expect(() => gatherLabels(dataset, Uint32Array.from([3]))).toThrow(RangeError)
  })
})
