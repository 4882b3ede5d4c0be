import { bytesOfShape } from '../../src/base/type.ts'
import { found } from '../../src/base/lists.ts'
import { runsOf } from '../../src/bundle/shard-names.ts'
import { deal } from '../../runtime/workers/shards/deal.ts'
import { scheduled } from '../../runtime/values/share.ts'
import { estimate, needOf, type Gpu } from '../gpu/estimate.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Place } from './simulate.ts'

/** What each worker does in a step of shards, and what it takes of others, as the runtime deals it. */

/**
 * @param seconds of one run of each graph, by name
 * @param workers at most as many as shards
 */
export function placesOf(section: Section, workers: number, seconds: ReadonlyMap<string, number>): Place[] {
  const { workers: dealt, crossings } = deal(section, workers)
  return scheduled(section).map(({ name }, place) => ({
    computing: dealt.map(({ share: { turns } }) => {
      const { from, to } = turns[place] ?? { from: 0, to: 0 }
      return (to - from) * found(seconds, name, 'a graph that was timed')
    }),
    takes: dealt.map(({ takes }) =>
      (takes[place] ?? []).map(({ name, from, to, maker, madeAt, isKept }) => ({
        maker,
        madeAt,
        isKept,
        bytes: bytesOfShape(found(crossings, name, 'what crosses').type, [to - from]),
      })),
    ),
  }))
}

/** Seconds of one run of each graph on a GPU at least, by what the compiler counts. */
export const estimated = (section: Section, gpu: Gpu): ReadonlyMap<string, number> =>
  new Map(
    section.graphs.map((graph) => {
      const once = { ...section, graphs: [{ ...graph, blocks: 1 }] }
      return [graph.name, estimate(needOf(once), gpu, 1).step] as const
    }),
  )

/** Seconds of one run of each graph, from milliseconds of all its runs. */
export const ofOneRun = (
  section: Section,
  milliseconds: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> =>
  new Map(
    section.graphs.map((graph) => {
      const all = found(milliseconds, graph.name, 'a graph that was timed')
      return [graph.name, all / 1000 / runsOf(graph, section)] as const
    }),
  )
