import { compare, COMPARED, differ, type Comparison } from './compare.ts'
import { Contestant, together } from './contestant.ts'
import { takeTurns } from './harness.ts'
import type { Conditions } from './environment.ts'
import type { Settings } from './options.ts'

export interface Duel extends Conditions {
  readonly comparison: Comparison
}

/**
 * Both sides on the case in `folder`, in processes of their own that end afterwards, so that their memory is free
 * for the next case.
 *
 * @param tolerance of what both sides compute, relative; undefined where that is random. Where they differ by more,
 *   both are held to PyTorch's float64, which takes minutes: rounding makes either wander.
 */
export async function duel(
  title: string,
  folder: string,
  settings: Settings,
  tolerance: number | undefined,
): Promise<Duel> {
  return together(settings, async ({ hebb, pyTorch }) => {
    // The yardstick first: whether there is one shows at once.
    const theirs = await pyTorch.open(folder)
    const ours = await hebb.open(folder)
    const entrants = [
      ...ours.variants.map((variant) => ({
        name: variant,
        run: (count: number) => hebb.run(variant, count),
      })),
      ...theirs.variants.map((variant) => ({
        name: variant,
        run: (count: number) => pyTorch.run(variant, count),
      })),
    ]
    const { timings, ...met } = await takeTurns(entrants, settings.pace)
    const apart = tolerance !== undefined && differ(timings, tolerance)
    const exact = apart ? await inDouble(folder, settings) : undefined
    return { comparison: compare(title, timings, tolerance, exact), peer: theirs.versions, ...met }
  })
}

/** What the first steps come to in float64. */
async function inDouble(folder: string, settings: Settings): Promise<number[][]> {
  const peer = Contestant.pyTorch({ ...settings, double: true })
  try {
    const { variants } = await peer.open(folder)
    const { values } = await peer.run(variants[0] ?? '', COMPARED)
    return values
  } finally {
    await peer.close()
  }
}
