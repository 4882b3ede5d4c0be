import { describe, expect, it } from 'vitest'
import { allocate, bytesOf, bytesPerElement, elements } from '../../runtime/values/tensor.ts'

describe('host tensors', () => {
  it('count the elements of a shape; a scalar has one, an empty axis none', () => {
    expect(elements([2, 3, 4])).toBe(24)
    expect(elements([])).toBe(1)
    expect(elements([5, 0])).toBe(0)
  })

  it.each(['float16', 'float32', 'float64', 'int64', 'uint8', 'bool'] as const)(
    'start as zeros: %s',
    (type) => {
      const { data, shape } = allocate(type, [2, 3])
      expect(shape).toEqual([2, 3])
      expect(data.length).toBe(6)
      expect(data.BYTES_PER_ELEMENT).toBe(bytesPerElement[type])
      expect([...data].every((value) => Number(value) === 0)).toBe(true)
    },
  )

  it('show their memory as bytes, also where they are a part of a larger buffer', () => {
    const part = new Float32Array([1, 2, 3]).subarray(1, 2)
    expect(bytesOf(part)).toEqual(new Uint8Array([0, 0, 0, 0x40]))
  })
})
