import { at } from '../../../src/base/lists.ts'
import { turnsOfSection } from '../../../src/bundle/changes.ts'
import { namesOf, runsOf } from '../../../src/bundle/shard-names.ts'
import { scheduled } from '../../values/share.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/**
 * The graphs of a training step, by name, in units that need nothing of each other but activity of the same batch, each
 * unit after those whose activity it reads: different units may work on different batches.
 */
export const unitsOf = (section: Section): string[][] =>
  section.shards === undefined
    ? turnsOfSection(section).map((unit) => unit.map(({ name }) => name))
    : unitsOfShards(section)

/**
 * Of shards, graphs are of one unit where one changes what another reads, or reads what is made once for all shards. What every
 * shard has made for itself may go on, from each to the same shard.
 */
function unitsOfShards(section: Section): string[][] {
  const { together, handed } = ties(section)
  const graphs = scheduled(section)
  /** Of each graph, by its place in the schedule: the first place of its unit. */
  const units = graphs.map((_, place) => place)
  const unite = (places: readonly number[]) => {
    const own = new Set(places.map((place) => at(units, place)))
    const first = Math.min(...own)
    for (const [place, unit] of units.entries()) if (own.has(unit)) units[place] = first
  }
  together.forEach(unite)
  // What a unit reads has to be of one before it.
  const goesBack = ([maker, reader]: Handed) => at(units, maker) > at(units, reader)
  for (let back = handed.find(goesBack); back; back = handed.find(goesBack)) unite(back)
  return [...new Set(units)]
    .sort((a, b) => a - b)
    .map((unit) => graphs.flatMap(({ name }, place) => (at(units, place) === unit ? name : [])))
}

/** Places in the schedule: of a graph that makes an activity, and of one that reads it. */
type Handed = readonly [maker: number, reader: number]

/** Graphs, by their places in the schedule, that are of one unit, and those that hand on what each shard has made for itself. */
function ties(section: Section) {
  const readers = new Map<string, number[]>()
  const makers = new Map<string, { readonly place: number; readonly isOwn: boolean }>()
  const changers = new Map<string, number[]>()
  const note = (places: Map<string, number[]>, name: string, place: number) =>
    places.set(name, [...(places.get(name) ?? []), place])
  for (const [place, graph] of scheduled(section).entries()) {
    const runs = runsOf(graph, section)
    for (const name of graph.inputs.flatMap((input) => namesOf(input, runs))) note(readers, name, place)
    for (const output of graph.outputs) {
      if (output.updates !== undefined) note(changers, output.updates, place)
      if (output.role !== 'activity') continue
      for (const name of namesOf(output, runs)) makers.set(name, { place, isOwn: output.shard === true })
    }
  }
  const readersOf = (name: string) => readers.get(name) ?? []
  const together = [...changers].map(([name, places]) => [...places, ...readersOf(name)])
  const handed: Handed[] = []
  for (const [name, { place, isOwn }] of makers)
    if (isOwn) handed.push(...readersOf(name).map((reader): Handed => [place, reader]))
    else together.push([place, ...readersOf(name)])
  return { together, handed }
}
