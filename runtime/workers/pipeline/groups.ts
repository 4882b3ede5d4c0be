import { UserError } from '../../../src/base/error.ts'
import { sharedChange } from '../../../src/bundle/changes.ts'
import { withGraphs } from './section-parts.ts'
import { unitsOf } from './units.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/**
 * Divides a training section into parts that run one after the other on the same batch, and at the same time on
 * different ones. A part keeps its own parameters, and hands on the activity that later parts read.
 *
 * @param times milliseconds of each graph, by name; consecutive graphs are grouped so that the slowest part is as
 *   fast as can be
 * @throws UserError ('PipelineError') as `requireDivisible` does
 */
export function divide(section: Section, times: ReadonlyMap<string, number>, parts: number): Section[] {
  requireDivisible(section, parts)
  const units = unitsOf(section)
  const sizes = balance(
    units.map((unit) => unit.reduce((sum, name) => sum + (times.get(name) ?? 0), 0)),
    parts,
  )
  let unit = 0
  return withGraphs(
    section,
    sizes.map((size) => units.slice(unit, (unit += size)).flat()),
  )
}

/** Runs of consecutive times. */
interface Runs {
  readonly slowest: number
  readonly sizes: readonly number[]
}

/** Sizes of `parts` runs of consecutive times whose largest sum is smallest. */
export function balance(times: readonly number[], parts: number): readonly number[] {
  const sum = (from: number, to: number) => times.slice(from, to).reduce((total, time) => total + time, 0)
  const known = new Map<string, Runs>()
  const best = (from: number, left: number): Runs => {
    const key = `${from} ${left}`
    const found = known.get(key) ?? search(from, left)
    known.set(key, found)
    return found
  }
  const search = (from: number, left: number): Runs => {
    const rest = times.length - from
    if (left === 1) return { slowest: sum(from, times.length), sizes: [rest] }
    let found: Runs = { slowest: Infinity, sizes: [] }
    for (let size = 1; size <= rest - left + 1; size++) {
      const after = best(from + size, left - 1)
      const slowest = Math.max(sum(from, from + size), after.slowest)
      if (slowest < found.slowest) found = { slowest, sizes: [size, ...after.sizes] }
    }
    return found
  }
  return best(0, parts).sizes
}

/** What somebody calls parts, and what to do where all layers are in one graph. */
const asked = {
  '--workers': {
    parts: 'workers',
    help: 'One worker runs it: --parallel threads, on as many as --threads says. Layers that learn locally have graphs of their own, but not for CUDA and with shards, unless they are compiled so: hebb compile --no-fused.',
  },
  '--layers-on': {
    parts: 'groups of layers',
    help: 'One host trains all layers under backpropagation, and where they read activity from above: leave --on and --layers-on out. Layers that learn locally have graphs of their own, but not for CUDA, unless they are compiled so: hebb compile --target cuda --no-fused.',
  },
} as const

/**
 * Refuses what cannot be divided into so many parts, before anything is made for them.
 *
 * @param flag by which somebody has asked for so many
 * @throws UserError ('PipelineError') where there are fewer graphs than parts, or, on whole batches, as `requireForwardOnly` does
 */
export function requireDivisible(
  section: Section,
  parts: number,
  flag: '--workers' | '--layers-on' = '--workers',
): void {
  if (section.shards === undefined) requireForwardOnly(section)
  const { shards = 1 } = section
  const { length } = unitsOf(section)
  if (parts <= length) return
  throw new UserError(
    'PipelineError',
    `${parts} ${shards === 1 ? asked[flag].parts : `groups of ${shards} workers`} for ${length} training graph${length === 1 ? '' : 's'}`,
    { help: length === 1 ? asked[flag].help : `Give at most ${flag} ${length * shards}.` },
  )
}

/**
 * Nothing that a graph changes may be read by another: that one could not work on another batch.
 *
 * @param section of whole batches
 * @throws UserError ('PipelineError') where a part would need, for its next batch, what a later part changes
 */
export function requireForwardOnly(section: Section): void {
  const shared = sharedChange(section)
  if (!shared) return
  const { name, changer, reader, readFirst } = shared
  const why = readFirst
    ? `'${reader}' needs for the next batch: the rule reads activity from above, so its`
    : `'${reader}' reads as the step before left it: its`
  throw new UserError(
    'PipelineError',
    `'${changer}' changes ${name}, which ${why} layers cannot work on different batches`,
    { help: 'One worker uses all cores, too: --parallel threads.' },
  )
}
