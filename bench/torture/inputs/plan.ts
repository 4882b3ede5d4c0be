import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stream } from '../../../runtime/values/random.ts'
import { odditiesFor, replace, type Oddity } from './oddities.ts'
import { targets, type Target } from './targets.ts'
import type { Base } from './base.ts'
import type { Mutation } from './bytes.ts'

/** A case: a file of a target, and what becomes of it. */
export interface Planned {
  readonly target: Target
  readonly told: string
  /** Makes the changed copy in `folder`, which is not there yet. */
  readonly make: (folder: string) => void
  /** Whether the change must be seen, unless it means nothing. */
  readonly sealed: boolean
  /** Whether something stands in the file's place that nobody should read to its end. */
  readonly odd: boolean
}

/** One case in so many puts something odd in the file's place. */
const ODD = 25

const shares = targets.flatMap((target) => Array.from({ length: target.share }, () => target))

/** What is done in the case of this number. */
export function planOf(seed: number, number: number, base: Base): Planned {
  const random = stream(seed, 'torture: inputs', number)
  const target = shares[random.integer(shares.length)]
  if (!target) throw new Error('no target')
  const { file, of, cover, sealed, name } = target
  if (number % ODD === ODD - 1) {
    const oddities = odditiesFor(file)
    // Each in turn: a random choice would leave out some of so few.
    const oddity = oddities[((number + 1) / ODD) % oddities.length]
    if (!oddity) throw new Error('no oddity')
    return {
      target,
      told: `${name}: ${file} is ${oddity.told}`,
      make: odd(base[of], file, oddity),
      sealed: false,
      odd: true,
    }
  }
  const changed = target.change(readFileSync(join(base[of], file)), random)
  const make = (folder: string) => {
    cpSync(base[of], folder, { recursive: true })
    writeFileSync(join(folder, file), changed.bytes)
    cover?.(folder)
  }
  return {
    target,
    told: `${name}: ${file}: ${changed.told}`,
    make,
    sealed: isSealed(sealed, changed),
    odd: false,
  }
}

const isSealed = (sealed: boolean, mutation: Mutation): boolean => sealed || mutation.sealed === true

const odd = (whole: string, file: string, oddity: Oddity) => (folder: string) => {
  cpSync(whole, folder, { recursive: true })
  replace(join(folder, file), oddity)
}

export const removeCopies = (folder: string): void => {
  for (const path of [folder, `${folder}.new`]) rmSync(path, { recursive: true, force: true })
}
