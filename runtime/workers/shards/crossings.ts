import { elements } from '../../values/tensor.ts'
import { hull, isEmpty, partOf, scalingOf, scheduled, type Range, type Share } from '../../values/share.ts'
import { nameIn } from '../../../src/bundle/shard-names.ts'
import type { DType } from '../../../src/base/dtype.ts'
import type { GraphOutput } from '../../../src/bundle/schema/graph.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** In place of a number in the schedule: as a step begins. */
export const BEGINNING = -1

/** Elements of a value that one worker makes and another needs. */
export interface Take extends Range {
  readonly name: string
  /**
   * A parameter or state, of which a run needs what the step before made; else an activity, made in the same step. What is taken
   * when all runs are done is of the same step, too.
   */
  readonly isKept: boolean
  /** Who makes them, and in which place of the schedule. */
  readonly maker: number
  readonly madeAt: number
}

interface Taker {
  readonly worker: number
  /** In the schedule; the place after the last graph is the end of a step. */
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

/** What a worker makes. */
interface Made extends Take {
  readonly type: DType
  readonly shape: readonly number[]
  readonly size: number
}

const overlap = (a: Range, b: Range): Range => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })

const namesIn = (value: Parameters<typeof nameIn>[0], { from, to }: Range): string[] =>
  value.shard ? Array.from({ length: to - from }, (_, i) => nameIn(value, from + i)) : [value.name]

/** What every shard begins a step with, of which each has its own: what another part of the section handed on. */
export type Begun = readonly Pick<GraphOutput, 'name' | 'type' | 'shape'>[]

/**
 * Who makes what, by name: of what is renewed by all, each a part.
 *
 * @param begun what shards are given, and `own` those of each worker
 */
export function madeIn(
  section: Section,
  shares: readonly Share[],
  { begun, own }: { readonly begun: Begun; readonly own: readonly Range[] },
): ReadonlyMap<string, readonly Made[]> {
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
  for (const { name, type, shape } of begun)
    for (const [maker, shards] of own.entries())
      for (const each of namesIn({ name, shard: true }, shards)) {
        const size = elements(shape)
        const whole = { name: each, isKept: false, type, shape, size, from: 0, to: size }
        made.set(each, [{ ...whole, maker, madeAt: BEGINNING }])
      }
  return made
}

interface Taken extends Take {
  readonly before: number
}

/** All that a worker reads and others make, and before which place it takes it. */
export function takesOf(
  section: Section,
  { turns, held }: Share,
  worker: number,
  made: ReadonlyMap<string, readonly Made[]>,
): Taken[] {
  // What loss scales are adjusted by, when a step is over: graphs then find it in the next one.
  const counted = new Set(
    (scalingOf(section, { held })?.blocks ?? []).flatMap(({ steps, skipped }) => [steps, skipped]),
  )
  const sizes = new Map([...made].flatMap(([name, [one]]) => (one ? [[name, one.size] as const] : [])))
  const read = new Map<string, { part: Range; place: number }>()
  for (const [place, { inputs }] of scheduled(section).entries()) {
    const turn = turns[place]
    if (!turn || isEmpty(turn)) continue
    for (const input of inputs)
      for (const name of namesIn(input, turn)) {
        const size = sizes.get(name)
        if (size === undefined || counted.has(name)) continue
        const [part, before] = [partOf(input, turn, size), read.get(name)]
        read.set(name, { part: hull(before?.part, part), place: before?.place ?? place })
      }
  }
  const end = section.schedule.length
  const atEnd = [...counted].map((name) => [name, { part: { from: 0, to: 1 }, place: end }] as const)
  return [...read, ...atEnd].flatMap(([name, { part, place }]) =>
    (made.get(name) ?? [])
      .filter(({ maker, ...each }) => maker !== worker && !isEmpty(overlap(each, part)))
      .map(({ isKept, maker, madeAt, ...each }) => ({
        ...{ name, isKept, maker, madeAt, ...overlap(each, part) },
        // Who makes the next one waits until the one before is taken: before the place where he does, at the latest.
        before: isKept && place < end ? Math.min(place, madeAt) : place,
      })),
  )
}

export function crossingsOf(
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
