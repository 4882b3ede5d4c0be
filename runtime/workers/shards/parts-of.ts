import { zip } from '../../../src/base/lists.ts'
import { graphsIn } from '../pipeline/section-parts.ts'
import { sessionOn } from '../parts/session-on.ts'
import { deal, shardsOf } from './deal.ts'
import { shareMemory, stopAll } from './shared-exchange.ts'
import type { Range } from '../../values/share.ts'
import type { SessionOptions } from '../../session/options.ts'
import type { Sharded } from '../../train/parallel.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { PartWanted } from '../parts/parts.ts'

interface Dividing {
  /** The whole of which the groups are parts. */
  readonly sharded: Sharded
  /** Of each group. */
  readonly workers: number
  readonly session: SessionOptions
  readonly devices?: readonly number[] | undefined
}

/**
 * The parts of all workers, group by group of layers, and what wakes those who wait for others. Workers of one group exchange what
 * its shards need of each other; each passes its steps on to who has the same shards in the next group.
 */
export function partsOf(
  groups: readonly Section[],
  { sharded, workers, session, devices = [] }: Dividing,
): { parts: PartWanted[]; wake: () => void } {
  const own = shardsOf(sharded.shards, workers)
  const dealt = groups.map((section) => {
    const graphs = new Set(section.graphs.map(({ name }) => name))
    const others = sharded.graphs.filter(({ name }) => !graphs.has(name))
    const begun = others.flatMap(({ outputs }) => outputs.filter(({ shard }) => shard))
    const found = deal(section, workers, begun)
    return { section, memory: shareMemory(found), ...found }
  })
  const parts = dealt.flatMap(({ section, memory, crossings, workers: shares }, group) =>
    zip(own, shares).map(([range, share], worker): PartWanted => {
      const number = group * workers + worker
      return {
        who: `the worker of ${named(range)}${groups.length === 1 ? '' : ` of ${graphsIn(section).join(', ')}`}`,
        section,
        session: sessionOn(session, devices, number),
        shares: { dealt: share, crossings, memory, worker },
        next: group + 1 < groups.length ? number + workers : undefined,
      }
    }),
  )
  const wake = () => {
    for (const { memory } of dealt) stopAll(memory)
  }
  return { parts, wake }
}

const named = ({ from, to }: Range): string => {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  return numbers.length === 1 ? `shard ${numbers.join('')}` : `shards ${numbers.join(', ')}`
}
