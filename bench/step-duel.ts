import { Contestant } from './contestant.ts'
import { duel, type Duel, type Entry } from './duel.ts'
import { prepareStep, withFolder } from './prepare.ts'
import type { Allocator } from './allocators.ts'
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
): Promise<Duel> {
  return withFolder(async (folder) => {
    await prepareStep(folder, described)
    const started: Contestant[] = []
    const start = (contestant: Contestant): Contestant => {
      started.push(contestant)
      return contestant
    }
    const peers = new Map<Allocator, Contestant>()
    const peerWith = (allocator: Allocator): Contestant => {
      const peer = peers.get(allocator) ?? start(Contestant.pyTorch({ ...settings, allocator }))
      peers.set(allocator, peer)
      return peer
    }
    const theirs: Entry[] = ways.map(({ name, told, allocator }) => ({
      name,
      told,
      contestant: peerWith(allocator),
      // What Python starts with is compared with always.
      sitsOut: name !== 'default',
    }))
    const ours: Entry[] = [
      { name: 'threads', told: 'hebb', contestant: start(Contestant.hebb(settings.threads)) },
    ]
    try {
      return await duel({
        title: described.title,
        folder,
        ours,
        theirs,
        pace: settings.pace,
        tolerance: TOLERANCE,
        exactly: (count) => inDouble(folder, settings, count),
      })
    } finally {
      await Promise.all(started.map((contestant) => contestant.close()))
    }
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
