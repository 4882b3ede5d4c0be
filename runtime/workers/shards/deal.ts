import { elements } from '../../values/tensor.ts'
import { hull, partOf, scheduled, shareOf, type Range, type Share } from '../../values/share.ts'
import { nameIn, runsOf, shardOfRun } from '../../../src/bundle/shard-names.ts'
import type { DType } from '../../../src/base/dtype.ts'
import type { Graph } from '../../../src/bundle/schema/graph.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** Elements of a value that one worker makes and another needs. */
export interface Take extends Range {
  readonly name: string
  /** A parameter or state, of which a step needs what the step before made; else an activity, made in the same step. */
  readonly isKept: boolean
  /** Who makes them, and in which place of the schedule. */
  readonly maker: number
  readonly madeAt: number
}

/** What one worker does. */
export interface Dealt {
  readonly share: Share
  /** What it needs of others before its runs, by place in the schedule. */
  readonly takes: readonly (readonly Take[])[]
  /** Elements of parameters and states that it tells when they are saved; of all workers together, all. */
  readonly saved: ReadonlyMap<string, Range>
}

interface Taker {
  readonly worker: number
  readonly place: number
}

/** A value that crosses between workers. */
export interface Crossing {
  readonly type: DType
  /** Of an activity, as graphs read it. */
  readonly shape: readonly number[]
  /** All elements. */
  readonly size: number
  readonly isKept: boolean
  /** Who takes it, and before which place of the schedule. */
  readonly takers: readonly Taker[]
}

/** How the shards of a section are dealt to workers: who does what, and what crosses between them. */
export interface Deal {
  readonly workers: readonly Dealt[]
  readonly crossings: ReadonlyMap<string, Crossing>
}

interface Made extends Take {
  readonly type: DType
  readonly shape: readonly number[]
  readonly size: number
}

const isEmpty = ({ from, to }: Range): boolean => from >= to
const overlap = (a: Range, b: Range): Range => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })

/** The shards of each worker: as many, or one more. */
export const shardsOf = (shards: number, workers: number): Range[] =>
  Array.from({ length: workers }, (_, worker) => ({
    from: Math.floor((worker * shards) / workers),
    to: Math.floor(((worker + 1) * shards) / workers),
  }))

/**
 * Deals the shards of a section to workers, in their order. It follows from the section alone what each makes and needs.
 *
 * @param workers at most as many as shards
 */
export function deal(section: Section, workers: number): Deal {
  const { shards = 1 } = section
  const graphs = scheduled(section)
  const shares = shardsOf(shards, workers).map((own) =>
    shareOf(
      section,
      graphs.map((graph) => turnOf(graph, section, own)),
    ),
  )
  const made = madeIn(section, shares)
  const takes = shares.map((share, worker) => takesOf(section, share, worker, made))
  return {
    workers: shares.map((share, worker) => ({
      share,
      takes: graphs.map((_, place) => (takes[worker] ?? []).filter((take) => take.before === place)),
      saved: savedOf(section, shares, worker),
    })),
    crossings: crossingsOf(made, takes),
  }
}

/** The runs of a graph that are of these shards. */
function turnOf(graph: Graph, section: Section, own: Range): Range {
  const runs = Array.from({ length: runsOf(graph, section) }, (_, run) => run).filter((run) => {
    const shard = shardOfRun(graph, section, run)
    return shard >= own.from && shard < own.to
  })
  const [first, last] = [runs[0], runs.at(-1)]
  return first === undefined || last === undefined ? { from: 0, to: 0 } : { from: first, to: last + 1 }
}

const namesIn = (value: Parameters<typeof nameIn>[0], { from, to }: Range): string[] =>
  value.shard ? Array.from({ length: to - from }, (_, i) => nameIn(value, from + i)) : [value.name]

/** Who makes what, by name: of what is renewed by all, each a part. */
function madeIn(section: Section, shares: readonly Share[]): ReadonlyMap<string, readonly Made[]> {
  const sizes = new Map(
    [...section.parameters, ...section.states].map((each) => [each.name, elements(each.shape)]),
  )
  const made = new Map<string, Made[]>()
  for (const [madeAt, graph] of scheduled(section).entries())
    for (const [maker, { turns }] of shares.entries()) {
      const turn = turns[madeAt]
      if (!turn || isEmpty(turn)) continue
      for (const output of graph.outputs) {
        const { updates, role, type, shape } = output
        if (updates === undefined && role !== 'activity') continue
        const isKept = updates !== undefined
        const size = (isKept ? sizes.get(updates) : undefined) ?? elements(shape)
        for (const name of isKept ? [updates] : namesIn(output, turn)) {
          const part = partOf(output, turn, size)
          made.set(name, [
            ...(made.get(name) ?? []),
            { name, isKept, maker, madeAt, type, shape, size, ...part },
          ])
        }
      }
    }
  return made
}

interface Taken extends Take {
  readonly before: number
}

/** All that a worker reads and others make, and before which place it takes it. */
function takesOf(
  section: Section,
  { turns }: Share,
  worker: number,
  made: ReadonlyMap<string, readonly Made[]>,
): Taken[] {
  const sizes = new Map([...made].flatMap(([name, [one]]) => (one ? [[name, one.size] as const] : [])))
  const read = new Map<string, { part: Range; place: number }>()
  for (const [place, { inputs }] of scheduled(section).entries()) {
    const turn = turns[place]
    if (!turn || isEmpty(turn)) continue
    for (const input of inputs)
      for (const name of namesIn(input, turn)) {
        const size = sizes.get(name)
        if (size === undefined) continue
        const [part, before] = [partOf(input, turn, size), read.get(name)]
        read.set(name, { part: hull(before?.part, part), place: before?.place ?? place })
      }
  }
  return [...read].flatMap(([name, { part, place }]) =>
    (made.get(name) ?? [])
      .filter(({ maker, ...each }) => maker !== worker && !isEmpty(overlap(each, part)))
      .map(({ isKept, maker, madeAt, ...each }) => ({
        ...{ name, isKept, maker, madeAt, ...overlap(each, part) },
        // Who makes the next one waits until the one before is taken: before the place where he does, at the latest.
        before: isKept ? Math.min(place, madeAt) : place,
      })),
  )
}

function crossingsOf(
  made: ReadonlyMap<string, readonly Made[]>,
  takes: readonly (readonly Taken[])[],
): ReadonlyMap<string, Crossing> {
  const takers = new Map<string, Map<string, Taker>>()
  for (const [worker, all] of takes.entries())
    for (const { name, before: place } of all) {
      const some = takers.get(name) ?? new Map<string, Taker>()
      takers.set(name, some.set(`${worker} ${place}`, { worker, place }))
    }
  return new Map(
    [...takers].flatMap(([name, some]) => {
      const [one] = made.get(name) ?? []
      if (!one) return []
      const { type, shape, size, isKept } = one
      return [[name, { type, shape, size, isKept, takers: [...some.values()] }] as const]
    }),
  )
}

/** What a worker makes of parameters and states; and of what nobody changes, what no worker before it has. */
function savedOf(
  { parameters, states }: Section,
  shares: readonly Share[],
  worker: number,
): Map<string, Range> {
  const own = shares[worker]
  if (!own) throw new Error(`no worker ${worker}`)
  const saved = new Map(own.made)
  for (const { name } of [...parameters, ...states].filter(({ constant }) => constant)) {
    const part = own.held.get(name)
    const has = ({ held }: Share) => {
      const other = held.get(name)
      return part && other && other.from <= part.from && other.to >= part.to
    }
    if (part && !shares.slice(0, worker).some(has)) saved.set(name, part)
  }
  return saved
}
