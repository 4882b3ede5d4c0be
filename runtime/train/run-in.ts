import { UserError } from '../../src/base/error.ts'
import { saveCheckpoint } from '../files/checkpoint.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { truncateMetrics } from '../files/resume-metrics.ts'
import { keepCheckpoint } from '../files/kept.ts'
import { runFiles, type RunFolder } from '../files/run-folder.ts'
import { allOf, metricsSink, tensorboardSink, withoutTensorboard } from '../files/sinks.ts'
import { costOf } from './cost.ts'
import { shownOf } from './logs.ts'
import { resumedScore } from './score.ts'
import { warn } from './training-data.ts'
import { isCandidate, type Plan } from './run-plan.ts'
import { Watching } from './watching.ts'
import type { RunLock } from '../files/run-lock.ts'
import type { TrainOptions, TrainSummary } from './options.ts'
import type { Training } from './trainer.ts'
import type { Values } from '../values/value-store.ts'

/** Trains in the folder of a run, from where its plan stands: each step is told, checkpoints are written. */
export async function runIn(
  run: RunFolder,
  trainer: Training,
  plan: Plan,
  lock: RunLock,
  options: TrainOptions,
): Promise<TrainSummary> {
  const { from, dataset, settings } = plan
  const { seed, totalSteps } = run.record
  const { batch } = run.bundle.manifest.train
  const stepsPerEpoch = batchesPerEpoch(dataset.count, batch)
  const { checkpointEvery, keepBest } = settings
  const { signal, onProgress, onProbe, onNotice = warn } = options
  const files = runFiles(run.folder)
  truncateMetrics(files.metrics, from, onNotice)
  const values = () => trainer.values()
  const watched = { run, plan, lock, stepsPerEpoch, values, signal, onNotice, onProbe }
  const watching = await Watching.open(watched)
  const after = from - (from % checkpointEvery)
  const { manifest } = run.bundle
  const score =
    keepBest === undefined ? undefined : resumedScore(keepBest, manifest, files, { after, step: from })

  const sink = allOf([
    metricsSink(files.metrics),
    ...(settings.tensorboard ? [tensorboardSink(run)] : withoutTensorboard(run.folder)),
  ])

  const began = performance.now()
  let losses: Readonly<Record<string, number>> = {}
  let step = from
  let saved = from
  let looked = 0
  const speed = () => ((step - from) * batch * 1000) / (performance.now() - began - looked)
  const isSaved = (stepsDone: number) => stepsDone % checkpointEvery === 0
  const wanted = (stepsDone: number) => isSaved(stepsDone) || watching?.isDue(stepsDone) === true
  const look = async (values: Values) => {
    const start = performance.now()
    const found = await watching?.look(values, step)
    if (found) sink.probe(found)
    if (found && step > from) score?.found(found)
    looked += performance.now() - start
  }
  const save = (values: Values) => {
    lock.require()
    // A checkpoint never knows of steps whose metrics a failing machine would lose.
    sink.sync()
    watching?.sync()
    const mayStay = isCandidate(settings, step)
    const measured = mayStay ? score?.take() : undefined
    saveCheckpoint(files.checkpoint, { values, step, totalSteps, seed }, run.bundle, measured)
    if (mayStay) keepCheckpoint(run.folder, settings, step)
    saved = step
  }
  try {
    if (watching?.isDue(from) === true) await look(await trainer.values())
    for await (const done of trainer.run({ from, to: totalSteps, wanted, signal })) {
      ;({ step, losses } = done)
      const imagesPerSecond = speed()
      const epoch = (step - 1) / stepsPerEpoch
      lock.require()
      const shown = shownOf(done)
      score?.add(shown)
      const rate = trainer.rate(step - 1)
      sink.metrics({ step, epoch, rate, ...shown, imagesPerSecond, ...costOf(done) })
      const secondsLeft = ((totalSteps - step) * batch) / imagesPerSecond
      const probe = watching?.top
      onProgress?.({ step, totalSteps, stepsPerEpoch, rate, losses, imagesPerSecond, secondsLeft, probe })
      if (done.values && watching?.isDue(step) === true) await look(done.values)
      if (done.values && isSaved(step)) save(done.values)
    }
    if (step > saved) save(await trainer.values())
    lock.require()
    sink.end({ step, finished: step === totalSteps })
  } catch (error) {
    if (error instanceof UserError && error.name === 'TrainingError') {
      lock.require()
      // Whoever looks for why wants to see the steps up to it.
      sink.sync()
    }
    throw error instanceof UserError && error.name === 'TrainingError' && saved > 0
      ? error.note(`${files.checkpoint} holds the state after step ${saved}.`)
      : error
  } finally {
    await watching?.release()
  }
  const seconds = (performance.now() - began) / 1000
  const imagesPerSecond = step > from ? speed() : 0
  const probe = watching?.last
  const [newSteps, lookedSeconds] = [step - from, looked / 1000]
  return {
    ...{ step, totalSteps, newSteps, seconds, lookedSeconds, imagesPerSecond, losses, probe },
    stopped: step < totalSteps,
  }
}
