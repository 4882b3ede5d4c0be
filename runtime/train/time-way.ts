import { UserError } from '../../src/base/error.ts'
import { discard } from '../session/discard.ts'
import { trainingOf } from './training-of.ts'
import type { Parallel } from './parallel.ts'
import type { Training, TrainerOptions } from './trainer.ts'

/** Runs that are left out: sessions warm up in them, a pipeline fills, and batches that were ready are used up. */
const WARM = 4
/** What is timed: so many steps and milliseconds, or, of slow ones, fewer in longer. */
const ENOUGH = { steps: 8, milliseconds: 200 }
const ENOUGH_OF_SLOW = { steps: 4, milliseconds: 1000 }

interface Timing {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds. */
  readonly now: () => number
}

/**
 * Milliseconds of a step by one way. Undefined where it does not come about: what is wrong is told where it is trained so.
 *
 * @throws the signal's reason, where it is aborted meanwhile
 */
export async function timeWay(
  options: TrainerOptions,
  parallel: Parallel,
  timing: Timing,
): Promise<number | undefined> {
  const { signal } = timing
  signal?.throwIfAborted()
  try {
    const training = await trainingOf(options, { parallel })
    try {
      const milliseconds = await timeSteps(training, options, timing)
      discard(Object.fromEntries(await training.values()))
      return milliseconds
    } finally {
      await training.release()
    }
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  } finally {
    signal?.throwIfAborted()
  }
}

/**
 * Milliseconds of a step, from the first result of the steady state to the last, with as many steps under way as in a run. They
 * are a run's first steps, on copies of its start values, and forgotten.
 */
export async function timeSteps(
  training: Pick<Training, 'run'>,
  { bundle, totalSteps }: Pick<TrainerOptions, 'bundle' | 'totalSteps'>,
  { signal, now }: Timing,
): Promise<number> {
  const { stepsPerRun } = bundle.manifest.train
  const warm = WARM * stepsPerRun
  const enough = new AbortController()
  let [first, last, timed] = [0, 0, 0]
  for await (const { step } of training.run({ from: 0, to: totalSteps, signal: enough.signal })) {
    if (signal?.aborted === true) enough.abort()
    // Steps of one run of the graphs are done at the same time; those that were under way at the end are not waited for by others.
    if (enough.signal.aborted || step < warm || step % stepsPerRun !== 0) continue
    last = now()
    if (step === warm) first = last
    timed = step - warm
    const isEnough = ({ steps, milliseconds }: typeof ENOUGH) =>
      timed >= steps && last - first >= milliseconds
    if (isEnough(ENOUGH) || isEnough(ENOUGH_OF_SLOW)) enough.abort()
  }
  return (last - first) / timed
}
