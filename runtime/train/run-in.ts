import { linkedAbort } from '../../src/base/linked-abort.ts'
import { RunWriter } from './run-writer.ts'
import type { Metrics } from '../files/metrics-line.ts'
import type { TrainSummary } from './options.ts'
import type { WrittenRun } from './written-run.ts'

/**
 * Trains in the folder of a run, from where its plan stands, and writes it down; each step is given to whoever asks for
 * it. Who leaves the loop in between ends the run as a signal does: with a checkpoint.
 *
 * @param ended is told how it ended, unless it failed
 */
export async function* runIn(
  given: Omit<WrittenRun, 'signal'>,
  ended: (summary: TrainSummary) => void,
): AsyncGenerator<Metrics, void, void> {
  const { plan, run, trainer, options } = given
  const { controller: stop, unlink } = linkedAbort(options.signal ? [options.signal] : [])
  const writer = await RunWriter.open({ ...given, signal: stop.signal })
  const { wanted } = writer
  const steps = trainer.run({ from: plan.from, to: run.record.totalSteps, wanted, signal: stop.signal })
  let isLeft = false
  try {
    // Not `for await`, which would close what it is left in: the steps under way are done.
    for (let next = await steps.next(); next.done !== true; next = await steps.next()) {
      const line = await writer.take(next.value)
      const given = performance.now()
      isLeft = true
      yield line
      isLeft = false
      writer.away += performance.now() - given
    }
    ended(await writer.end())
  } catch (error) {
    throw await writer.explained(error)
  } finally {
    try {
      if (isLeft) {
        stop.abort()
        for await (const done of steps) await writer.take(done)
        ended(await writer.end())
      }
    } finally {
      unlink()
      await writer.release()
    }
  }
}
