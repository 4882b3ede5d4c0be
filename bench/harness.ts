import { handOver } from './hand-over.ts'
import { otherLoad } from './load.ts'
import { median } from './statistics.ts'
import type { Ran } from './protocol.ts'

/** One side of a comparison: does its work `count` times and tells how long that took. */
export interface Entrant {
  readonly name: string
  readonly run: (count: number) => Promise<Ran>
  /** It is one of several of which only the fastest matter: it sits out where the turn before the first round shows it slow. */
  readonly sitsOut?: boolean
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
  /** In the order of the entrants, without those that sat out. */
  readonly timings: readonly Timing[]
  /** Milliseconds a step of those, in one turn. */
  readonly satOut: readonly { readonly name: string; readonly milliseconds: number }[]
  /** Median share of the cores that other processes took between turns, 0..1. */
  readonly busy: number
  /** Microseconds of a word between two cores and back, per round. */
  readonly handOver: readonly number[]
}

const MOST_STEPS = 1000
/** By how much an entrant must be slower than the fastest of its kind to sit out. */
const SLOWER = 1.15

/**
 * Measures entrants in turn, round by round, so that a change of the machine's speed meets all of them. The first
 * of a round is the last of the next, so that none always follows the same one.
 */
export async function takeTurns(
  entrants: readonly Entrant[],
  { rounds, milliseconds, warmUp }: Pace,
): Promise<Turns> {
  const runners: Runner[] = []
  for (const entrant of entrants) {
    const { values } = await entrant.run(warmUp)
    const trial = await entrant.run(1)
    const steps = Math.min(MOST_STEPS, Math.max(1, Math.round(milliseconds / trial.milliseconds)))
    runners.push({ entrant, steps, values, times: [], before: trial.milliseconds })
  }
  // Of what takes a turn for a step the trial was one.
  for (const runner of runners.filter(({ steps }) => steps > 1)) {
    const { entrant, steps, before } = runner
    runner.before = Math.min(before, (await entrant.run(steps)).milliseconds / steps)
  }
  const isSlow = slowerThanFastest(runners)
  const [loads, handOvers]: [number[], number[]] = [[], []]
  const staying = runners.filter((runner) => !isSlow(runner))
  for (let round = 0; round < rounds; round++) {
    loads.push(await otherLoad())
    handOvers.push(...(await handOver()))
    const first = round % staying.length
    for (const { entrant, steps, times } of [...staying.slice(first), ...staying.slice(0, first)])
      times.push((await entrant.run(steps)).milliseconds / steps)
  }
  const timings = staying.map(({ entrant, steps, values, times }) => ({
    name: entrant.name,
    rounds: times,
    stepsPerRound: steps,
    values,
  }))
  const satOut = runners
    .filter(isSlow)
    .map(({ entrant, before }) => ({ name: entrant.name, milliseconds: before }))
  return { timings, satOut, busy: median(loads), handOver: handOvers }
}

interface Runner {
  readonly entrant: Entrant
  readonly steps: number
  readonly values: number[][]
  readonly times: number[]
  /** Milliseconds a step before the first round. */
  before: number
}

function slowerThanFastest(runners: readonly Runner[]): (runner: Runner) => boolean {
  const mayLeave = ({ entrant }: Runner) => entrant.sitsOut === true
  const fastest = Math.min(...runners.filter(mayLeave).map(({ before }) => before))
  return (runner) => mayLeave(runner) && runner.before > SLOWER * fastest
}
