import { best, ratioOfFastest, rivalNamed } from './compare.ts'
import { ourWays } from './our-ways.ts'
import { median } from './statistics.ts'
import { showMilliseconds, showRatio } from './units.ts'
import { timedWays } from './yardstick.ts'
import type { Duel } from './duel.ts'

/** The table of bench/step.ts: medians of every way of both sides, and ratios of our fastest to theirs. */

export const head = [
  '',
  ...ourWays.map((name) => `Hebb, ${name}`),
  ...timedWays.map(({ name }) => `PyTorch, ${name}`),
  'ratio to best',
  'of fastest rounds',
  'ratio to default',
  'core to core',
]

export function row({ comparison, ours, satOut, handOver = [] }: Duel): string[] {
  const theirs = timedWays.map(({ name }) => {
    const left = satOut.find((each) => each.name === name)
    // Of one turn.
    if (left) return `(${showMilliseconds(left.milliseconds)})`
    const rival = rivalNamed(comparison, name)
    return rival ? showMilliseconds(rival.time.median) : ''
  })
  return [
    comparison.title,
    ...ourWays.map((name) => {
      const timing = ours.find((each) => each.name === name)
      return timing ? showMilliseconds(median(timing.rounds)) : ''
    }),
    ...theirs,
    showRatio(best(comparison)?.ratio),
    ratioOfFastest(comparison).toFixed(2),
    showRatio(rivalNamed(comparison, 'default')?.ratio),
    // How near the cores were: see bench/hand-over.ts.
    handOver.length > 0 ? `${median(handOver).toFixed(2)} µs` : '',
  ]
}
