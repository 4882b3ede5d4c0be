import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchIndices, batchesPerEpoch } from '../../runtime/batches/epoch.ts'
import { gatherLabels, gatherRows } from '../../runtime/batches/rows.ts'
import { subset } from '../../runtime/data/dataset.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { rowsOf } from '../support/rows-of.ts'
import { UserError } from '../../src/base/error.ts'

const dataset = inMemory({
  name: 'small',
  rows: Uint8Array.from({ length: 12 }, (_, index) => index),
  shape: [1, 2, 2],
  labels: [7, 8, 9],
  classes: 10,
})
const unlabelled = inMemory({ name: 'plain', rows: Float32Array.of(0.5, -1), shape: [1, 1, 1] })

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
  it('copies images and labels in the order of the indices, also twice', async () => {
    const indices = Uint32Array.from([2, 0, 2])
    expect(await gatherRows(dataset, indices)).toEqual({
      type: 'uint8',
      shape: [3, 1, 2, 2],
      data: Uint8Array.of(8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11),
    })
    expect(gatherLabels(dataset, indices)).toEqual({
      type: 'int64',
      shape: [3],
      data: BigInt64Array.of(9n, 7n, 9n),
    })
  })

  it('copies numbers as numbers, and no labels where there are none', async () => {
    const indices = Uint32Array.from([1])
    expect(await gatherRows(unlabelled, indices)).toEqual({
      type: 'float32',
      shape: [1, 1, 1, 1],
      data: Float32Array.of(-1),
    })
    expect(gatherLabels(unlabelled, indices)).toBeUndefined()
  })

  it('makes a data set of its own of some images, in any order, also twice', async () => {
    const part = subset(dataset, Uint32Array.from([1, 0, 1]))
    expect(part).toMatchObject({ name: 'small', count: 3, shape: [1, 2, 2], type: 'uint8', classes: 10 })
    expect([...(await rowsOf(part))]).toEqual([4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7])
    expect(part.labels).toEqual(Uint32Array.of(8, 7, 8))
    const less = subset(part, Uint32Array.from([2]))
    expect([...(await rowsOf(less))]).toEqual([4, 5, 6, 7])
    expect(subset(unlabelled, Uint32Array.from([1])).labels).toBeUndefined()
  })

  it('of an image that does not exist is a bug', async () => {
    await expect(gatherRows(dataset, Uint32Array.from([3]))).rejects.toThrow(RangeError)
    expect(() => gatherLabels(dataset, Uint32Array.from([3]))).toThrow('no item 3 of 3')
    expect(() => subset(dataset, Uint32Array.from([3]))).toThrow(RangeError)
    await expect(gatherRows(subset(dataset, Uint32Array.from([0])), Uint32Array.from([1]))).rejects.toThrow(
      RangeError,
    )
  })
})
