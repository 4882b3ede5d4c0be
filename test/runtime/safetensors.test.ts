import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openSafetensors, readSafetensors, writeSafetensors } from '../../runtime/files/safetensors.ts'
import { allocate, bytesOf } from '../../runtime/values/tensor.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'
import { UserError } from '../../src/base/error.ts'
import { temporaryFolder } from './temporary-folder.ts'

const dtypes = ['float16', 'float32', 'float64', 'int64', 'uint8', 'bool'] as const

/** A tensor of any type and small shape, filled with any bytes. */
const anyTensor: fc.Arbitrary<HostTensor> = fc
  .record({
    type: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    fill: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  })
  .map(({ type, shape, fill }) => {
    const tensor = allocate(type, shape)
    const bytes = bytesOf(tensor.data)
    bytes.forEach((_, index) => (bytes[index] = fill[index % fill.length] ?? 0))
    return tensor
  })

/** Any text but the two that are no names in JavaScript or in the format. */
const anyName = fc.string().filter((name) => name !== '__proto__' && name !== '__metadata__')

const comparable = ({ type, shape, data }: HostTensor) => ({
  type,
  shape: [...shape],
  bytes: [...bytesOf(data)],
})

/** A file with this header and as many zero bytes after it. */
const fileWith = (path: string, header: string, dataBytes: number): void => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]))
}

describe('safetensors', () => {
  it('come back as they were written, in the same order, whatever their bytes', () => {
    const path = join(temporaryFolder(), 'any.safetensors')
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 6 }),
        fc.dictionary(anyName, fc.string(), { noNullPrototype: true }),
        (tensors, metadata) => {
          writeSafetensors(path, tensors, metadata)
          const read = readSafetensors(path)
          const full = tensors.filter(([, { data }]) => data.length > 0).map(([name]) => name)
          expect([...read.tensors.keys()].filter((name) => full.includes(name))).toEqual(full)
          expect(read.tensors.size).toBe(tensors.length)
          for (const [name, tensor] of tensors) {
            const back = read.tensors.get(name)
            expect(back && comparable(back)).toEqual(comparable(tensor))
          }
          expect(read.metadata).toEqual(metadata)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are laid out as the format says, the data at a multiple of 8 bytes', () => {
    const path = join(temporaryFolder(), 'small.safetensors')
    const tensors = new Map<string, HostTensor>([
      ['b', { type: 'float32', shape: [2], data: new Float32Array([1, -2]) }],
      ['a', { type: 'bool', shape: [], data: new Uint8Array([1]) }],
    ])
    writeSafetensors(path, tensors, { step: '7' })
    const bytes = readFileSync(path)
    const length = Number(bytes.readBigUInt64LE(0))
    const header =
      '{"__metadata__":{"step":"7"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
      '"a":{"dtype":"BOOL","shape":[],"data_offsets":[8,9]}}'
    expect(length % 8).toBe(0)
    expect(bytes.subarray(8, 8 + length).toString()).toBe(header.padEnd(length, ' '))
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 1])
  })

  it('keep only the bytes that a tensor views of a larger buffer', () => {
    const path = join(temporaryFolder(), 'view.safetensors')
    const data = new BigInt64Array([1n, 2n, 3n]).subarray(1, 2)
    writeSafetensors(path, [['x', { type: 'int64', shape: [1], data }]])
    expect(readSafetensors(path).tensors.get('x')?.data).toEqual(new BigInt64Array([2n]))
  })

  it('are refused, by name of the file, when cut short anywhere', () => {
    const path = join(temporaryFolder(), 'cut.safetensors')
    writeSafetensors(path, [['weight', { type: 'float64', shape: [3], data: new Float64Array([1, 2, 3]) }]])
    const whole = readFileSync(path)
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole)
      truncateSync(path, length)
      expect(() => readSafetensors(path)).toThrow(UserError)
      expect(() => readSafetensors(path)).toThrow(path)
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1)]))
    expect(() => readSafetensors(path)).toThrow(`${path} is not a sound safetensors file: the last 1 bytes`)
  })

  const entry = (offsets: string, rest = '"dtype":"U8","shape":[4]') =>
    `{${rest},"data_offsets":[${offsets}]}`
  it.each([
    ['no JSON', 'hello', 0, 'its header is not JSON'],
    ['no object', '[1]', 0, 'header: Invalid input'],
    [
      'unknown type',
      `{"x":${entry('0,4', '"dtype":"BF16","shape":[2]')}}`,
      4,
      "tensor 'x' has the type BF16",
    ],
    [
      'negative size',
      `{"x":${entry('0,4', '"dtype":"U8","shape":[-4]')}}`,
      4,
      "tensor 'x': shape: 0: Too small",
    ],
    ['no shape', `{"x":${entry('0,4', '"dtype":"U8"')}}`, 4, "tensor 'x': shape: is not a list"],
    ['wrong length', `{"x":${entry('0,3')}}`, 3, "tensor 'x' U8 [4] needs 4 bytes and has 3"],
    ['offsets reversed', `{"x":${entry('4,0')}}`, 4, "tensor 'x' U8 [4] needs 4 bytes and has -4"],
    ['out of range', `{"x":${entry('0,4')}}`, 3, "tensor 'x' ends at byte 4 of 3"],
    ['overlapping', `{"x":${entry('0,4')},"y":${entry('2,6')}}`, 6, "tensor 'y' overlaps the one before it"],
    [
      'a hole',
      `{"x":${entry('0,4')},"y":${entry('5,9')}}`,
      9,
      "the 1 bytes before tensor 'y' are no tensor's",
    ],
    ['metadata of another type', '{"__metadata__":{"step":7}}', 0, '__metadata__: step: Invalid input'],
  ])('are refused with %s', (_, header, dataBytes, problem) => {
    const path = join(temporaryFolder(), 'bad.safetensors')
    fileWith(path, header, dataBytes)
    expect(() => readSafetensors(path)).toThrow(UserError)
    expect(() => readSafetensors(path)).toThrow(`${path} is not a sound safetensors file: ${problem}`)
  })

  it('are refused with an absurd header length, without reserving memory for it', () => {
    const path = join(temporaryFolder(), 'absurd.safetensors')
    writeFileSync(path, Buffer.alloc(64, 0xff))
    expect(() => readSafetensors(path)).toThrow(
      'announces a header of 18446744073709551615 bytes, and 56 bytes follow',
    )
  })

  it('that are missing, or a folder, are a FileError too', () => {
    const folder = temporaryFolder()
    expect(() => readSafetensors(join(folder, 'none'))).toThrow(/^cannot read .*none: no such file or folder/)
    expect(() => readSafetensors(folder)).toThrow(/^cannot read .*: it is a folder, not a file/)
  })

  it('that do not fit their shape are a bug, found before anything is written', () => {
    const folder = temporaryFolder()
    const wrong: HostTensor = { type: 'float32', shape: [3], data: new Float32Array(2) }
    expect(() => {
      writeSafetensors(join(folder, 'x'), [['x', wrong]])
    }).toThrow("tensor 'x': data do not fit float32 [3]")
    expect(readdirSync(folder)).toEqual([])
  })
})

it('tensors are read one by one, into memory that is there', () => {
  const path = join(temporaryFolder(), 'two.safetensors')
  writeSafetensors(path, [
    ['a', { type: 'float32', shape: [2], data: new Float32Array([1, 2]) }],
    ['b', { type: 'float64', shape: [1], data: new Float64Array([3]) }],
  ])
  const file = openSafetensors(path)
  const place = new Float64Array(2)
  expect(file.fill('b', place.subarray(1))).toBe(true)
  expect(place).toEqual(new Float64Array([0, 3]))
  expect(file.fill('c', place)).toBe(false)
  expect(() => file.fill('a', place)).toThrow('a does not fit into 16 bytes')
  file.close()
})
