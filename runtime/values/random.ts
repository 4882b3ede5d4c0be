import { sha256 } from '@noble/hashes/sha2.js'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import { logarithm } from './elementary.ts'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/** A sequence of random numbers that depends on nothing but what it was started from. */
class RandomStream {
  readonly #generator: RandomGenerator
  #spareNormal: number | undefined

  constructor(generator: RandomGenerator) {
    this.#generator = generator
  }

  /** In [0, 1), a multiple of 2⁻²⁴: exact in float32. The high bits are taken, which are the better ones. */
  uniform(): number {
    return (this.#generator.next() >>> 8) * 2 ** -24
  }

  /** In [0, 1), a multiple of 2⁻⁵³. */
  uniformDouble(): number {
    const high = this.#generator.next() >>> 5
    const low = this.#generator.next() >>> 6
    return (high * 2 ** 26 + low) * 2 ** -53
  }

  /** An integer in [0, below), each equally likely; `below` is a positive integer. */
  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) throw new RangeError(`no integer in [0, ${below})`)
    return uniformInt(this.#generator, 0, below - 1)
  }

  /** Mean 0, standard deviation 1 (Marsaglia's polar method, which makes two at a time). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal
      this.#spareNormal = undefined
      return spare
    }
    for (;;) {
      const x = 2 * this.uniformDouble() - 1
      const y = 2 * this.uniformDouble() - 1
      const square = x * x + y * y
      if (square > 0 && square < 1) {
        const scale = Math.sqrt((-2 * logarithm(square)) / square)
        this.#spareNormal = y * scale
        return x * scale
      }
    }
  }

  /** Shuffles in place, every order equally likely, and returns the same array. */
  shuffle(values: Uint32Array): Uint32Array {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.integer(last + 1)
      const held = values[last] ?? 0
      values[last] = values[other] ?? 0
      values[other] = held
    }
    return values
  }
}

export type Stream = RandomStream

/**
 * The stream of a seed, a purpose and a step. Streams are unrelated to each other, and none has a state to
 * save: to resume, seed and step are enough. Costs tens of microseconds: one per tensor, not per number.
 */
export const stream = (seed: number, purpose: string, step = 0): Stream => {
  const digest = sha256(new TextEncoder().encode(JSON.stringify([seed, purpose, step])))
  const words = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  const state = [0, 4, 8, 12].map((offset) => words.getInt32(offset, true))
  return new RandomStream(xoroshiro128plusFromState(state))
}
