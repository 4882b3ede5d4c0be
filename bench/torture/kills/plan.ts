import { stream, type Stream } from '../../../runtime/values/random.ts'

/** Who is killed: the process that the user started, the one that it starts, or both, in one of three ways. */
export const victims = ['outer', 'inner', 'group', 'outer, inner', 'inner, outer'] as const
export type Victim = (typeof victims)[number]

/**
 * When: so many milliseconds after the start (the outer process alone, then modules being loaded), after training was
 * seen to begin or go on, or when a file is seen being written.
 */
export const moments = ['start', 'loading', 'training', 'writing'] as const
export interface Kill {
  readonly victim: Victim
  readonly moment: (typeof moments)[number]
  readonly milliseconds: number
}

/** How a run is trained; any of them leads to the same bits. */
export interface Manner {
  readonly workers: number
  readonly prepareAhead: number
  readonly checkpointEvery: number
}

export interface Start {
  readonly manner: Manner
  readonly kill: Kill
}

export const duels = [
  'two starts',
  'start, then resume while it is trained',
  'start and resume',
  'two resumes',
  'resume of an orphan',
  'two compiles',
] as const
export type Duel = (typeof duels)[number]

/** A run from its start to its end: killed several times, or trained by two processes at once. */
export interface Round {
  /** What the user names first: a bundle, or a program that is compiled on the fly. */
  readonly from: 'bundle' | 'program'
  readonly starts: readonly Start[]
  readonly duel: Duel | undefined
  /** Of the last start, which nobody kills. */
  readonly last: Manner
}

const latest = { start: 500, loading: 2500, training: 600, writing: 3 } as const

const pick = <Value>(random: Stream, values: readonly Value[]): Value => {
  const chosen = values[random.integer(values.length)]
  if (chosen === undefined) throw new Error('nothing to choose from')
  return chosen
}

const manner = (random: Stream): Manner => ({
  workers: pick(random, [1, 1, 2]),
  prepareAhead: pick(random, [0, 2, 2]),
  checkpointEvery: pick(random, [1, 2, 7]),
})

function start(random: Stream): Start {
  const moment = pick(random, moments)
  const milliseconds = Math.round(random.uniform() * latest[moment])
  return { manner: manner(random), kill: { victim: pick(random, victims), moment, milliseconds } }
}

/** Every fourth round is a duel, of each kind in turn. */
export function roundOf(seed: number, number: number): Round {
  const random = stream(seed, 'torture: kills', number)
  const duel = number % 4 === 3 ? duels[((number - 3) / 4) % duels.length] : undefined
  const starts = Array.from({ length: duel === undefined ? 3 + random.integer(4) : 1 }, () => start(random))
  return { from: pick(random, ['bundle', 'bundle', 'bundle', 'program']), starts, duel, last: manner(random) }
}

const told = ({ manner: { workers, prepareAhead }, kill }: Start): string => {
  const settings = `${workers === 1 ? '' : `--workers ${workers}, `}${prepareAhead === 0 ? '--prepare-ahead 0, ' : ''}`
  return `${settings}kill ${kill.victim}, ${kill.moment} + ${kill.milliseconds} ms`
}

export const describeRound = ({ from, starts, duel }: Round): string =>
  duel ?? `of a ${from}: ${starts.map(told).join('; ')}`
