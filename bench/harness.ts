import { handOver } from './hand-over.ts'
import { otherLoad } from './load.ts'
import { median } from './statistics.ts'
import type { Ran } from './protocol.ts'

/** One side of a comparison: does its work `count` times and tells how long that took. */
export interface Entrant {
  readonly name: string
  readonly run: (count: number) => Promise<Ran>
}

export interface Pace {
  readonly rounds: number
  /** Length of an entrant's turn; it does as many steps as fit, at least one. */
  readonly milliseconds: number
  /** Steps of each entrant before a turn that is not counted: V8 compiles what is run often. */
  readonly warmUp: number
}

export interface Timing {
  readonly name: string
  /** Milliseconds a step, per round. */
  readonly rounds: readonly number[]
  readonly stepsPerRound: number
  /** What the first steps of the warm-up came to. */
  readonly values: readonly (readonly number[])[]
}

export interface Turns {
  /** In the order of the entrants. */
  readonly timings: readonly Timing[]
  /** Median share of the cores that other processes took between turns, 0..1. */
  readonly busy: number
  /** Microseconds of a word between two cores and back, per round. */
  readonly handOver: readonly number[]
}

const MOST_STEPS = 1000

/**
 * Measures entrants in turn, round by round, so that a change of the machine's speed meets all of them. The first
 * of a round is the last of the next, so that none always follows the same one.
 */
export async function takeTurns(
  entrants: readonly Entrant[],
  { rounds, milliseconds, warmUp }: Pace,
): Promise<Turns> {
  const runners: { entrant: Entrant; steps: number; values: number[][]; times: number[] }[] = []
  for (const entrant of entrants) {
    const { values } = await entrant.run(warmUp)
    const trial = await entrant.run(1)
    const steps = Math.min(MOST_STEPS, Math.max(1, Math.round(milliseconds / trial.milliseconds)))
    runners.push({ entrant, steps, values, times: [] })
  }
  const loads: number[] = []
  const handOvers: number[] = []
  for (const { entrant, steps } of runners) await entrant.run(steps)
  for (let round = 0; round < rounds; round++) {
    loads.push(await otherLoad())
    handOvers.push(...(await handOver()))
    const first = round % runners.length
    for (const { entrant, steps, times } of [...runners.slice(first), ...runners.slice(0, first)])
      times.push((await entrant.run(steps)).milliseconds / steps)
  }
  const timings = runners.map(({ entrant, steps, values, times }) => ({
    name: entrant.name,
    rounds: times,
    stepsPerRound: steps,
    values,
  }))
  return { timings, busy: median(loads), handOver: handOvers }
}
