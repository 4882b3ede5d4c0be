import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { SlidingValue } from '../../runtime/values/sliding-value.ts'
import { allocate, copy } from '../../runtime/values/tensor.ts'

const numbers = (value: SlidingValue) => [...value.current.data].map(Number)

/** Adds one to every element, block by block, in the order that keeps new values off old ones. */
function addOne(value: SlidingValue, blocks: number): void {
  const order = Array.from({ length: blocks }, (_, i) => i)
  if (!value.fromFirst) order.reverse()
  for (const index of order) {
    const { now, next } = value.block(index)
    for (let i = 0; i < now.length; i++) next[i] = Number(now[i]) + 1
  }
  value.slide()
}

describe('a value that is changed block by block', () => {
  test('is changed whole, any number of times, in memory for one block more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        (blocks, size, steps) => {
          const value = new SlidingValue('float32', [blocks, size], size)
          const start = Float32Array.from({ length: blocks * size }, (_, i) => 10 * i)
          copy(start, value.current.data)
          for (let step = 0; step < steps; step++) addOne(value, blocks)
          expect(numbers(value)).toEqual([...start].map((each) => each + steps))
          expect(value.spareBytes).toBe(4 * size)
        },
      ),
    )
  })

  test('never has a block written where one is read that is still to come', () => {
    const value = new SlidingValue('float64', [6], 2)
    const at = ({ data }: { data: { byteOffset: number } }) => data.byteOffset
    for (let step = 0; step < 2; step++) {
      const places = [0, 1, 2].map((index) => value.block(index))
      const order = value.fromFirst ? places : places.toReversed()
      order.forEach(({ next }, i) => {
        const unread = order.slice(i).map(({ now }) => at({ data: now }))
        expect(unread).not.toContain(at({ data: next }))
      })
      value.slide()
    }
  })

  test('takes no values of another size or type', () => {
    const value = new SlidingValue('float32', [4], 2)
    expect(() => {
      copy(allocate('float32', [3]).data, value.current.data)
    }).toThrow('3 elements')
    expect(() => {
      copy(allocate('float64', [4]).data, value.current.data)
    }).toThrow('Float64Array')
  })
})
