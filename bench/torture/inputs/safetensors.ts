import { changeBytes, type Mutation } from './bytes.ts'
import { changeJson } from './json.ts'
import type { Stream } from '../../../runtime/values/random.ts'

/** The header of a safetensors file, and the bytes after it. */
function parts(bytes: Uint8Array): { header: string; data: Uint8Array } {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  return { header: new TextDecoder().decode(bytes.subarray(8, 8 + length)), data: bytes.subarray(8 + length) }
}

export function joined(header: Uint8Array | string, data: Uint8Array): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true)
  return Buffer.concat([length, text, data])
}

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/** Two different tensors of one size, if there are any: what can be exchanged without a trace. */
function twins(header: string, random: Stream): readonly (readonly [string, Entry])[] {
  const all = Object.entries(JSON.parse(header) as Record<string, Entry>).filter(
    ([name]) => name !== '__metadata__',
  )
  const one = all[random.integer(all.length)]
  const same = all.filter(
    ([, { shape, dtype }]) => shape.join() === one?.[1].shape.join() && dtype === one[1].dtype,
  )
  return same.slice(0, 2)
}

type Change = (header: string, data: Uint8Array, random: Stream) => Mutation

const changes: readonly Change[] = [
  (header, data, random) => {
    const { told, bytes } = changeJson(header, random)
    return { told: `header: ${told}`, bytes: joined(bytes, data) }
  },
  (header, data, random) => {
    const { told, bytes } = changeBytes(data, random)
    return { told: `data: ${told}`, bytes: joined(header, bytes) }
  },
  (header, data, random) => {
    const [one, two] = twins(header, random)
    if (!one || !two) return { told: 'rewritten as it was', bytes: joined(header, data) }
    const swapped = JSON.parse(header) as Record<string, Entry>
    swapped[one[0]] = { ...one[1], data_offsets: two[1].data_offsets }
    swapped[two[0]] = { ...two[1], data_offsets: one[1].data_offsets }
    return { told: `${one[0]} and ${two[0]} exchanged`, bytes: joined(JSON.stringify(swapped), data) }
  },
  (header, data, random) => {
    const metadata = (JSON.parse(header) as { __metadata__: Record<string, string> }).__metadata__
    const keys = Object.keys(metadata)
    const key = keys[random.integer(keys.length)] ?? ''
    const value = ['1e1', '0x5', ' 5', '-1', '1.0', '5', '', '9007199254740993'][random.integer(8)] ?? ''
    const changed = JSON.stringify({ ...JSON.parse(header), __metadata__: { ...metadata, [key]: value } })
    return { told: `${key} set to '${value}'`, bytes: joined(changed, data) }
  },
]

/** One random change of a safetensors file; most keep its form. */
export function changeSafetensors(bytes: Uint8Array, random: Stream): Mutation {
  if (random.integer(3) === 0) return changeBytes(bytes, random)
  const { header, data } = parts(bytes)
  const change = changes[random.integer(changes.length)]
  if (!change) throw new Error('no such change')
  return change(header, data, random)
}
