import { best, ratioOfFastest, rivalNamed } from './compare.ts'
import { ourWays } from './our-ways.ts'
import { median } from './statistics.ts'
import { showMilliseconds, showRatio } from './units.ts'
import { timedWays } from './yardstick.ts'
import type { Duel } from './duel.ts'

/** The table of bench/step.ts: medians of every way of both sides, and ratios of our fastest to theirs. */

/** Milliseconds of a way of PyTorch; in brackets where it sat out, of one turn. Empty where it was not there. */
function theirs({ comparison, satOut }: Duel, wanted: string): string {
  const left = satOut.find(({ name }) => name === wanted)
  if (left) return `(${showMilliseconds(left.milliseconds)})`
  const rival = rivalNamed(comparison, wanted)
  return rival ? showMilliseconds(rival.time.median) : ''
}

function ours({ ours }: Duel, wanted: string): string {
  const timing = ours.find(({ name }) => name === wanted)
  return timing ? showMilliseconds(median(timing.rounds)) : ''
}

const cellsOf = (duel: Duel): Readonly<Record<string, string>> => ({
  '': duel.comparison.title,
  ...Object.fromEntries(ourWays.map((name) => [`Hebb, ${name}`, ours(duel, name)])),
  ...Object.fromEntries(timedWays.map(({ name }) => [`PyTorch, ${name}`, theirs(duel, name)])),
  'ratio to best': showRatio(best(duel.comparison)?.ratio),
  'of fastest rounds': ratioOfFastest(duel.comparison).toFixed(2),
  'ratio to default': showRatio(rivalNamed(duel.comparison, 'default')?.ratio),
  // How near the cores were: see bench/hand-over.ts.
  'core to core': duel.handOver?.length ? `${median(duel.handOver).toFixed(2)} µs` : '',
})

/** The row of a duel as it is told while others go on. */
export const told = (duel: Duel): string =>
  Object.values(cellsOf(duel))
    .filter((cell) => cell !== '')
    .join('  ')

/** Head and rows, without columns that nobody has. */
export function stepTable(duels: readonly Duel[]): { head: string[]; rows: string[][] } {
  const cells = duels.map(cellsOf)
  const head = Object.keys(cells[0] ?? {}).filter((name) => cells.some((row) => row[name] !== ''))
  return { head, rows: cells.map((row) => head.map((name) => row[name] ?? '')) }
}
