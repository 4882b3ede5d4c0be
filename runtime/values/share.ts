import { elements } from './tensor.ts'
import { runsOf } from '../../src/bundle/shard-names.ts'
import { namesOfScaling } from '../../src/bundle/scaling-names.ts'
import type { Graph, GraphOutput } from '../../src/bundle/schema/graph.ts'
import type { Scaling } from '../../src/bundle/schema/scaling.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Elements, or runs of a graph, from `from` up to but without `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What of a section's work is done in one place, and what of its values is kept there. */
export interface Share {
  /** By place in the schedule, which runs of the graph. */
  readonly turns: readonly Range[]
  /**
   * Elements of parameters and states that are kept here, by name: all that its runs read and make, and what loss scales among
   * them are adjusted by.
   */
  readonly held: ReadonlyMap<string, Range>
  /** Elements of those whose new values are made here. */
  readonly made: ReadonlyMap<string, Range>
}

export const isEmpty = ({ from, to }: Range): boolean => from >= to

/** The least range that holds both. */
export const hull = (a: Range | undefined, b: Range): Range =>
  a ? { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) } : b

/** Elements of a value that some runs of a graph read or make, where it says so of one of them. */
export const partOf = (
  { shape, block }: Pick<GraphOutput, 'shape' | 'block'>,
  { from, to }: Range,
  whole: number,
): Range => (block ? { from: from * elements(shape), to: to * elements(shape) } : { from: 0, to: whole })

/** The graphs of a section in the order of its schedule. */
export function scheduled({ graphs, schedule }: Pick<Section, 'graphs' | 'schedule'>): Graph[] {
  const named = new Map(graphs.map((graph) => [graph.name, graph]))
  return schedule.map(({ graph: name }) => {
    const graph = named.get(name)
    if (!graph) throw new Error(`no graph ${name}`)
    return graph
  })
}

/** The share of who does the given runs of a section. */
export function shareOf(section: Section, turns: readonly Range[]): Share {
  // A graph that reads blocks does not say how the whole is shaped.
  const sizes = new Map(
    [...section.parameters, ...section.states].map(({ name, shape }) => [name, elements(shape)]),
  )
  const [held, made] = [new Map<string, Range>(), new Map<string, Range>()]
  for (const [place, graph] of scheduled(section).entries()) {
    const turn = turns[place]
    if (!turn || isEmpty(turn)) continue
    for (const input of graph.inputs) {
      if (input.role !== 'parameter' && input.role !== 'state') continue
      const part = partOf(input, turn, sizes.get(input.name) ?? elements(input.shape))
      held.set(input.name, hull(held.get(input.name), part))
    }
    for (const { updates, ...output } of graph.outputs) {
      if (updates === undefined) continue
      const part = partOf(output, turn, elements(output.shape))
      made.set(updates, hull(made.get(updates), part))
      held.set(updates, hull(held.get(updates), part))
    }
  }
  for (const block of section.scaling?.blocks ?? []) {
    const names = namesOfScaling(block)
    if (names.some((name) => held.has(name))) for (const name of names) held.set(name, { from: 0, to: 1 })
  }
  return { turns, held, made }
}

/** The loss scales of a section that are kept in a share of it, where there are some. */
export function scalingOf({ scaling }: Section, { held }: Pick<Share, 'held'>): Scaling | undefined {
  const blocks = scaling?.blocks.filter(({ steps }) => held.has(steps)) ?? []
  return scaling && blocks.length > 0 ? { ...scaling, blocks } : undefined
}

/** That of who does all of it. */
export const wholeShare = (section: Section): Share =>
  shareOf(
    section,
    scheduled(section).map((graph) => ({ from: 0, to: runsOf(graph, section) })),
  )
