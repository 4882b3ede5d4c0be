import { present } from '../../base/lists.ts'
import { percentOf, plural } from '../units.ts'
import type { MeasuredRun } from './measured.ts'

/** Runs that differ in their seed alone. */
export interface Group {
  /** Tells it from the other groups: `tiny lr 0.0001`. */
  readonly name: string
  /** By seed, each of which stands once. */
  readonly runs: ReadonlyMap<number, MeasuredRun>
}

const keyOf = ({ program, identity, options, images, split, steps, batch, ...run }: MeasuredRun): string =>
  JSON.stringify([
    program,
    identity,
    [...options],
    images,
    split,
    steps,
    batch,
    shardsOf(run),
    run.aside,
    run.start,
  ])

/** Last bits depend on it. */
const shardsOf = ({ shards }: Pick<MeasuredRun, 'shards'>): string =>
  shards === undefined ? 'whole batches' : plural(shards, 'shard')

const asideOf = ({ aside }: MeasuredRun): string => (aside === undefined ? 'none' : percentOf(aside))

/** Runs by what they differ in but the seed, in the order in which they were named; and those that are there twice. */
export function grouped(runs: readonly MeasuredRun[]): {
  readonly groups: readonly Group[]
  readonly doubles: readonly string[]
} {
  const groups = new Map<string, Map<number, MeasuredRun>>()
  const doubles: string[] = []
  for (const run of runs) {
    const key = keyOf(run)
    const group = groups.get(key) ?? new Map<number, MeasuredRun>()
    const other = group.get(run.seed)
    if (other) doubles.push(`${run.folder} is the same as ${other.folder}, and left out`)
    else group.set(run.seed, run)
    groups.set(key, group)
  }
  const found = [...groups.values()]
  const names = namesOf(found.map((group) => present([...group.values()][0], 'a run of a group')))
  return { groups: found.map((runs, index) => ({ name: present(names[index], 'a name'), runs })), doubles }
}

/** What may tell groups apart, in the order in which it is tried. */
const traits: readonly ((run: MeasuredRun) => string)[] = [
  ({ steps }) => `${steps} steps`,
  ({ batch }) => `batches of ${batch}`,
  shardsOf,
  ({ start }) => `weights of ${start}`,
  (run) => `${asideOf(run)} set aside`,
  ({ data }) => data,
  ({ split }) => split,
  ({ images }) => `images ${images.slice(0, 8)}`,
  ({ identity }) => identity.slice(0, 8),
]

/** Programs and those of their options that differ; more only where these do not tell all groups apart. */
function namesOf(runs: readonly MeasuredRun[]): string[] {
  const options = [...new Set(runs.flatMap((run) => [...run.options.keys()]))]
  const differing = options.filter((name) => new Set(runs.map((run) => run.options.get(name))).size > 1)
  let names = runs.map((run) =>
    [
      run.program,
      ...differing.flatMap((name) => {
        const value = run.options.get(name)
        return value === undefined ? [] : [`${name} ${value}`]
      }),
    ].join(' '),
  )
  for (const trait of traits) {
    if (new Set(names).size === names.length) break
    const told = runs.map(trait)
    if (new Set(told).size > 1)
      names = names.map((name, index) => `${name}, ${present(told[index], 'a trait')}`)
  }
  return names
}

/** What differs between runs that one would not compare without knowing. */
export function differences(runs: readonly MeasuredRun[]): string[] {
  const differ = (values: readonly string[]) => new Set(values).size > 1
  const probes = runs.flatMap(({ probed }) => (probed ? [probed] : []))
  const images = runs.flatMap(({ probedOn = [] }) => probedOn)
  const settings = (['k', 'labels', 'epochs', 'seed', 'validation', 'crops'] as const).filter((name) =>
    differ(probes.map((probe) => String(probe[name]))),
  )
  return [
    ...(differ(runs.map(({ images, split }) => `${split} ${images}`))
      ? ['the runs were trained on different images']
      : []),
    ...(differ(runs.map(asideOf)) ? ['the runs have set different parts of their images aside'] : []),
    ...(differ(runs.map(({ start }) => start)) ? ['the runs started with different weights'] : []),
    ...(differ(runs.map(({ steps, batch }) => String(steps * batch)))
      ? [`the runs are of different length: ${[...new Set(runs.map(({ steps }) => steps))].join(', ')} steps`]
      : []),
    ...(differ(runs.map(shardsOf))
      ? [`the steps of the runs were done otherwise: ${[...new Set(runs.map(shardsOf))].join(', ')}`]
      : []),
    ...(differ(images) ? ['the runs were probed on different images'] : []),
    ...(settings.length > 0 ? [`the runs were probed with different settings: ${settings.join(', ')}`] : []),
  ]
}
