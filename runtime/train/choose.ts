import { availableCores } from '../../src/base/cores.ts'
import { sharedChange, turnsOfSection } from '../../src/bundle/changes.ts'
import { timeWay } from './time-way.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Provider } from '../session/options.ts'
import type { Parallel } from './parallel.ts'
import type { TrainerOptions } from './trainer.ts'

/** Steps from which on it may be measured who does them fastest. */
export const LEAST_STEPS = 1000
/** Milliseconds from which on a run is long enough to measure more than its first way. */
const LEAST_TIME = 60_000

/** What must be less by this factor: times vary, and the bits of threads are those of every machine. */
const CLEARLY = 0.95

/** What it took by one way. */
export interface Timed {
  /** Who did the steps. */
  readonly parallel: Parallel
  /** A step, on average. */
  readonly milliseconds: number
}

/** Who does the steps of a run that begins. */
export interface Choice {
  /** Undefined while it is measured. */
  readonly chosen: Parallel | undefined
  /** What was measured: one way alone where the run is too short to make up for more. */
  readonly times: readonly Timed[]
  /** That measuring took so far. */
  readonly seconds: number
}

/** The first of these, unless another is clearly faster. @param times at least one */
export function fastest(times: readonly Timed[]): Timed {
  const [first, ...others] = times
  if (!first) throw new Error('nothing was timed')
  return others.reduce((best, each) => (each.milliseconds < CLEARLY * best.milliseconds ? each : best), first)
}

/**
 * Whether to measure other ways, too: a run is long, and they take, about as long as the first each, less of it than one that is
 * chosen saves.
 *
 * @param left milliseconds that the steps of the run take by the first way
 * @param spent milliseconds that it took to open the first way, and to measure it
 */
export const isWorthwhile = (left: number, spent: number, others: number): boolean =>
  left >= LEAST_TIME && others * spent <= (1 - CLEARLY) * left

/** `a step takes 41 ms by threads, 22 ms by shards: shards it is, as with --parallel shards (measured in 3.1 s)` */
export function toldChoice({ chosen, times, seconds }: Choice & { readonly chosen: Parallel }): string {
  const all = times.map(({ parallel, milliseconds }) => `${short(milliseconds)} ms by ${parallel}`)
  const how = `${chosen} it is, as with --parallel ${chosen}`
  return `a step takes ${all.join(', ')}: ${how} (measured in ${seconds.toFixed(1)} s)`
}

const short = (milliseconds: number): number => Number(milliseconds.toPrecision(3))

/** How a run is done: by whom, and on how many threads an operation. */
export interface Way {
  readonly parallel: Parallel
  readonly threads: number
}

/** What is said of how a run is done. */
export interface WayAsked {
  readonly parallel?: Parallel | undefined
  readonly threads?: number | undefined
  readonly workers?: number | undefined
  readonly provider?: Provider | undefined
  /** Where others do them, nothing is measured here. */
  readonly hosts?: object | undefined
}

/** Whether it may be measured who does the steps: nobody has said who, nor on how many threads. */
export const isMeasured = ({ parallel, threads, workers, hosts, provider = 'cpu' }: WayAsked): boolean =>
  parallel === undefined &&
  hosts === undefined &&
  threads === undefined &&
  workers === undefined &&
  provider === 'cpu'

/** The ways that a bundle allows, the first of which is always there. */
export function waysOf({ train, sharded }: Pick<Manifest, 'train' | 'sharded'>, cores: number): Way[] {
  const isChain = cores > 1 && sharedChange(train) === undefined && turnsOfSection(train).length > 1
  return [
    { parallel: 'threads', threads: cores },
    ...(isChain ? [{ parallel: 'pipeline' as const, threads: Math.floor(cores / 2) }] : []),
    ...(cores > 1 && sharded ? [{ parallel: 'shards' as const, threads: 1 }] : []),
  ]
}

/** What is told of a choice, and what ends it. */
interface Listening {
  readonly onChoice?: ((choice: Choice) => void) | undefined
  readonly onNotice?: ((notice: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds. */
  readonly now?: () => number
}

/**
 * Who does the steps of a run that begins: what takes least, by a few steps of each way. Undefined where there is no choice, or
 * the run is too short to make up for measuring.
 *
 * @throws the signal's reason, where it is aborted meanwhile
 */
export async function chosenWay(
  options: TrainerOptions,
  { onChoice, onNotice, signal, now = () => performance.now(), ...asked }: WayAsked & Listening,
): Promise<Way | undefined> {
  const { bundle, totalSteps } = options
  if (!isMeasured(asked)) return undefined
  const { manifest } = bundle
  const ways = waysOf(manifest, availableCores())
  if (ways.length < 2 || totalSteps < LEAST_STEPS * manifest.train.stepsPerRun) return undefined
  const times: Timed[] = []
  const began = now()
  const tell = (chosen?: Parallel) => {
    const choice = { times, seconds: (now() - began) / 1000 }
    if (onChoice) onChoice({ chosen, ...choice })
    else if (chosen !== undefined && times.length > 1) onNotice?.(toldChoice({ chosen, ...choice }))
  }
  tell()
  for (const [i, { parallel, threads }] of ways.entries()) {
    const milliseconds = await timeWay({ ...options, threads }, parallel, { signal, now })
    if (milliseconds !== undefined) times.push({ parallel, milliseconds })
    if (i > 0) continue
    if (
      milliseconds === undefined ||
      !isWorthwhile(totalSteps * milliseconds, now() - began, ways.length - 1)
    )
      break
  }
  const parallel = times.length === 0 ? 'threads' : fastest(times).parallel
  tell(parallel)
  return times.length < 2 ? undefined : ways.find((way) => way.parallel === parallel)
}
