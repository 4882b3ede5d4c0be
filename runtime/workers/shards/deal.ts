import { scheduled, shareOf, type Range, type Share } from '../../values/share.ts'
import { runsOf, shardOfRun } from '../../../src/bundle/shard-names.ts'
import { crossingsOf, madeIn, takesOf, type Begun, type Crossing, type Take } from './crossings.ts'
import type { Graph } from '../../../src/bundle/schema/graph.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** What one worker does. */
export interface Dealt {
  readonly share: Share
  /** What it needs of others before its runs, by place in the schedule; last, what it needs when all are done. */
  readonly takes: readonly (readonly Take[])[]
  /** Elements of parameters and states that it tells when they are saved; of all workers together, all. */
  readonly saved: ReadonlyMap<string, Range>
}

/** How the shards of a section are dealt to workers: who does what, and what crosses between them. */
export interface Deal {
  readonly workers: readonly Dealt[]
  readonly crossings: ReadonlyMap<string, Crossing>
}

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
 * @param begun where it is a part of a section, what others hand on to its shards
 */
export function deal(section: Section, workers: number, begun: Begun = []): Deal {
  const { shards = 1 } = section
  const graphs = scheduled(section)
  const own = shardsOf(shards, workers)
  const shares = own.map((each) =>
    shareOf(
      section,
      graphs.map((graph) => turnOf(graph, section, each)),
    ),
  )
  const made = madeIn(section, shares, { begun, own })
  const takes = shares.map((share, worker) => takesOf(section, share, worker, made))
  return {
    workers: shares.map((share, worker) => ({
      share,
      takes: Array.from({ length: graphs.length + 1 }, (_, place) =>
        (takes[worker] ?? []).filter((take) => take.before === place),
      ),
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
