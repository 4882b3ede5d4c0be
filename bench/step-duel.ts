import { found } from '../src/base/lists.ts'
import { Contestant, withProcesses } from './contestant.ts'
import { judge, race, type Duel } from './duel.ts'
import { compiledFor, ourEntries } from './our-ways.ts'
import { prepareStep, withFolder } from './prepare.ts'
import type { Settings } from './options.ts'
import type { Described } from './programs.ts'
import type { Way } from './yardstick.ts'

/** Losses of the first two steps, in float32, after one update; each is about 2. */
const TOLERANCE = 1e-4

/** Steps of a program by us and by PyTorch, each in all its ways; processes end afterwards, so that their memory is free. */
export async function stepDuel(
  described: Described,
  ways: readonly Way[],
  settings: Settings,
  shards: boolean,
): Promise<Duel> {
  return withFolder(async (folder) => {
    await prepareStep(folder, described, compiledFor(settings.threads))
    const met = await withProcesses((start) => {
      const allocators = [...new Set(ways.map(({ allocator }) => allocator))]
      const peers = new Map(
        allocators.map((allocator) => [allocator, start(Contestant.pyTorch({ ...settings, allocator }))]),
      )
      const theirs = ways.map(({ name, told, allocator }) => ({
        name,
        told,
        contestant: found(peers, allocator, allocator),
        // What Python starts with is compared with always.
        sitsOut: name !== 'default',
      }))
      const ours = ourEntries(settings.threads, start)
      return race({
        folder,
        ours: ours.filter(({ name }) => shards || name !== 'shards'),
        theirs,
        pace: settings.pace,
      })
    })
    // Their memory is free by now.
    return judge(described.title, met, TOLERANCE, (count) => inDouble(folder, settings, count))
  })
}

/** It takes minutes. */
async function inDouble(folder: string, settings: Settings, count: number): Promise<number[][]> {
  const peer = Contestant.pyTorch({ ...settings, double: true })
  try {
    await peer.open(folder)
    return (await peer.run('default', count)).values
  } finally {
    await peer.close()
  }
}
