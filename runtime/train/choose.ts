import { availableCores } from '../../src/base/cores.ts'
import { UserError } from '../../src/base/error.ts'
import { sharedChange, turnsOfSection } from '../../src/bundle/changes.ts'
import { median } from '../../src/base/statistics.ts'
import { discard } from '../session/discard.ts'
import { ranges } from '../given/ranges.ts'
import { DEFAULT_AHEAD } from './run-length.ts'
import { trainingOf } from './training-of.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Provider } from '../session/options.ts'
import type { Parallel } from './parallel.ts'
import type { Training, TrainerOptions } from './trainer.ts'

/** Steps from which on it is measured who does them fastest: all that is measured takes less than a fiftieth of the run. */
export const LEAST_STEPS = 1000

/** Of each way, steps that are left out: sessions warm up in them, and a pipeline fills. */
const WARM = 2
/** Steps of each way that count: the more, the longer a run is. */
const timedSteps = (runs: number): number => Math.min(20, Math.floor(runs / 150) - WARM)

/** What must be less by this factor: times vary, and the bits of threads are those of every machine. */
const CLEARLY = 0.95

/** What it took by one way. */
export interface Timed {
  readonly parallel: Parallel
  /** A step, the median of some. */
  readonly milliseconds: number
}

/** The first of these, unless another is clearly faster. @param times at least one */
export function fastest(times: readonly Timed[]): Timed {
  const [first, ...others] = times
  if (!first) throw new Error('nothing was timed')
  return others.reduce((best, each) => (each.milliseconds < CLEARLY * best.milliseconds ? each : best), first)
}

/** `a step takes 41 ms by threads, 22 ms by shards: shards it is, as with --parallel shards` */
export function toldChoice(chosen: Parallel, times: readonly Timed[]): string {
  const all = times.map(({ parallel, milliseconds }) => `${short(milliseconds)} ms by ${parallel}`)
  return `a step takes ${all.join(', ')}: ${chosen} it is, as with --parallel ${chosen}`
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
}

/** Whether it may be measured who does the steps: nobody has said who, nor on how many threads. */
export const isMeasured = ({ parallel, threads, workers, provider = 'cpu' }: WayAsked): boolean =>
  parallel === undefined && threads === undefined && workers === undefined && provider === 'cpu'

/** The ways that a bundle allows, the first of which is always there. */
export function waysOf({ train, sharded }: Pick<Manifest, 'train' | 'sharded'>, cores: number): Way[] {
  const isChain = cores > 1 && sharedChange(train) === undefined && turnsOfSection(train).length > 1
  return [
    { parallel: 'threads', threads: cores },
    ...(isChain ? [{ parallel: 'pipeline' as const, threads: Math.floor(cores / 2) }] : []),
    ...(cores > 1 && sharded && !sharded.scaling ? [{ parallel: 'shards' as const, threads: 1 }] : []),
  ]
}

/** What is told of a choice, and what ends it. */
interface Listening {
  readonly onNotice?: ((notice: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Who does the steps of a run that begins: what takes least, by a few steps of each way. Undefined where there is no choice, or
 * the run is too short to make up for them.
 *
 * @throws the signal's reason, where it is aborted meanwhile
 */
export async function chosenWay(
  options: TrainerOptions,
  { onNotice, signal, ...asked }: WayAsked & Listening,
): Promise<Way | undefined> {
  const { bundle, totalSteps } = options
  if (!isMeasured(asked)) return undefined
  const { manifest } = bundle
  const ways = waysOf(manifest, availableCores())
  if (ways.length < 2 || totalSteps < LEAST_STEPS * manifest.train.stepsPerRun) return undefined
  const times: Timed[] = []
  for (const { parallel, threads } of ways) {
    const milliseconds = await timeWay({ ...options, threads }, parallel, signal)
    signal?.throwIfAborted()
    if (milliseconds !== undefined) times.push({ parallel, milliseconds })
  }
  if (times.length < 2) return undefined
  const { parallel } = fastest(times)
  onNotice?.(toldChoice(parallel, times))
  return ways.find((way) => way.parallel === parallel)
}

/** Undefined where it does not come about: what is wrong is told where it is trained so. */
async function timeWay(
  options: TrainerOptions,
  parallel: Parallel,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    const { stepsPerRun } = options.bundle.manifest.train
    const prepareAhead = Math.min(DEFAULT_AHEAD * stepsPerRun, ranges.prepareAhead[1])
    const training = await trainingOf({ ...options, prepareAhead }, { parallel })
    return await timeSteps(training, options, signal)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** The median of a few of a run's first steps, which are done on copies of its start values, and forgotten. */
async function timeSteps(
  training: Training,
  { bundle, totalSteps }: TrainerOptions,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { stepsPerRun } = bundle.manifest.train
  const to = stepsPerRun * (WARM + timedSteps(totalSteps / stepsPerRun))
  const times: number[] = []
  try {
    for await (const { milliseconds } of training.run({ from: 0, to, signal })) times.push(milliseconds)
    discard(Object.fromEntries(await training.values()))
  } finally {
    await training.release()
  }
  return median(times.slice(WARM * stepsPerRun))
}
