import type { Stream } from '../../../runtime/values/random.ts'

/** A change of a file's content, told in a line. */
export interface Mutation {
  readonly told: string
  readonly bytes: Uint8Array
  /** Whether a checksum in the file itself tells of the change. */
  readonly sealed?: boolean
}

type Change = (bytes: Uint8Array, random: Stream) => Mutation

const copied = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  change(copy)
  return copy
}

const place = (bytes: Uint8Array, random: Stream): number => random.integer(Math.max(1, bytes.length))

/** A piece of at most a quarter of the file, and at least one byte. */
function piece(bytes: Uint8Array, random: Stream): readonly [begin: number, end: number] {
  const begin = place(bytes, random)
  return [begin, Math.min(bytes.length, begin + 1 + random.integer(Math.max(1, bytes.length >> 2)))]
}

const changes: readonly Change[] = [
  (bytes, random) => {
    const [at, bit] = [place(bytes, random), random.integer(8)]
    return {
      told: `bit ${bit} of byte ${at} flipped`,
      bytes: copied(bytes, (copy) => (copy[at] = (copy[at] ?? 0) ^ (1 << bit))),
    }
  },
  (bytes, random) => {
    const [at, value] = [place(bytes, random), random.integer(256)]
    return { told: `byte ${at} set to ${value}`, bytes: copied(bytes, (copy) => (copy[at] = value)) }
  },
  (bytes, random) => {
    const [begin, end] = piece(bytes, random)
    return {
      told: `bytes ${begin} to ${end} set to zero`,
      bytes: copied(bytes, (copy) => copy.fill(0, begin, end)),
    }
  },
  (bytes, random) => {
    const [begin, end] = piece(bytes, random)
    const noise = (copy: Uint8Array) => {
      for (let i = begin; i < end; i++) copy[i] = random.integer(256)
    }
    return { told: `bytes ${begin} to ${end} set to noise`, bytes: copied(bytes, noise) }
  },
  (bytes, random) => {
    const length = place(bytes, random)
    return { told: `cut off after ${length} bytes`, bytes: bytes.slice(0, length) }
  },
  (bytes, random) => {
    const [count, value] = [1 + random.integer(64), random.integer(2) * 255]
    return {
      told: `${count} bytes of ${value} appended`,
      bytes: Buffer.concat([bytes, new Uint8Array(count).fill(value)]),
    }
  },
  (bytes) => ({ told: 'the file twice, one after the other', bytes: Buffer.concat([bytes, bytes]) }),
  (bytes, random) => {
    const [begin, end] = piece(bytes, random)
    const [before, cut, after] = [bytes.subarray(0, begin), bytes.subarray(begin, end), bytes.subarray(end)]
    return { told: `bytes ${begin} to ${end} moved to the end`, bytes: Buffer.concat([before, after, cut]) }
  },
  (bytes, random) => {
    const [begin, end] = piece(bytes, random)
    const parts = [bytes.subarray(0, begin), bytes.subarray(end)]
    return { told: `bytes ${begin} to ${end} removed`, bytes: Buffer.concat(parts) }
  },
  (bytes, random) => {
    const [begin, end] = piece(bytes, random)
    const parts = [bytes.subarray(0, end), bytes.subarray(begin)]
    return { told: `bytes ${begin} to ${end} doubled`, bytes: Buffer.concat(parts) }
  },
  () => ({ told: 'emptied', bytes: new Uint8Array(0) }),
]

/** One random change of a file of whatever format. */
export function changeBytes(bytes: Uint8Array, random: Stream): Mutation {
  // The last one has but one outcome: rarely.
  const chosen = changes[random.integer(16) === 0 ? changes.length - 1 : random.integer(changes.length - 1)]
  if (!chosen) throw new Error('no such change')
  return chosen(bytes, random)
}
