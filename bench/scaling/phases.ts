import { openStep } from '../ours/step.ts'
import { prepareStep, withFolder } from '../prepare.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { join } from 'node:path'
import { ofOneRun } from './places.ts'
import type { Described } from '../programs.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Steps before any is timed, and of those the least time of each graph: what else the machine does lengthens some. */
const [WARM_UP, TIMED] = [2, 3]

/** Steps of so many shards in turn on this machine; of 1, as `hebb train` does them in one session each. */
export interface Phases {
  readonly section: Section
  /** Of one run of each graph, by name. */
  readonly seconds: ReadonlyMap<string, number>
}

export async function phasesOf(described: Described, shards: number, threads: number): Promise<Phases> {
  return withFolder(async (folder) => {
    await prepareStep(folder, described, shards > 1 ? { shards } : {})
    const { train, sharded } = loadBundle(join(folder, 'bundle')).manifest
    const work = await openStep(
      folder,
      described.told,
      { threads },
      'bundle',
      shards > 1 ? 'sharded' : 'train',
    )
    try {
      await work.run(WARM_UP)
      const least = new Map<string, number>()
      for (let step = 0; step < TIMED; step++) {
        work.graphMilliseconds.clear()
        await work.run(1)
        for (const [graph, time] of work.graphMilliseconds)
          least.set(graph, Math.min(time, least.get(graph) ?? Infinity))
      }
      const section = shards > 1 ? (sharded ?? train) : train
      return { section, seconds: ofOneRun(section, least) }
    } finally {
      await work.release()
    }
  })
}
