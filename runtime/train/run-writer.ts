import { UserError } from '../../src/base/error.ts'
import { saveCheckpoint } from '../files/checkpoint.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { truncateMetrics } from '../files/resume-metrics.ts'
import { keepCheckpoint } from '../files/kept.ts'
import { runFiles, type RunFolder } from '../files/run-folder.ts'
import { allOf, metricsSink, tensorboardSink, withoutTensorboard, type Sink } from '../files/sinks.ts'
import { costOf } from './cost.ts'
import { shownOf } from './logs.ts'
import { resumedScore, type Score } from './score.ts'
import { warn } from './training-data.ts'
import { isCandidate, type Plan } from './run-plan.ts'
import { Watching } from './watching.ts'
import type { Metrics } from '../files/metrics.ts'
import type { RunLock } from '../files/run-lock.ts'
import type { TrainOptions, TrainSummary } from './options.ts'
import type { StepDone, Training } from './trainer.ts'
import type { Values } from '../values/value-store.ts'

/** What is written down of: a run that stands where its plan says, and what trains it. */
export interface WrittenRun {
  readonly run: RunFolder
  readonly plan: Plan
  readonly trainer: Training
  readonly lock: RunLock
  readonly options: TrainOptions
  /** Stops looks at the network that are under way. */
  readonly signal: AbortSignal
}

/** Writes down a training as it goes, in the folder of its run: metrics, what is found, checkpoints. Each step is told. */
export class RunWriter {
  private readonly written: WrittenRun
  private readonly watching: Watching | undefined
  private readonly score: Score | undefined
  private readonly sink: Sink
  private readonly stepsPerEpoch: number
  private readonly began = performance.now()
  private losses: Readonly<Record<string, number>> = {}
  private step: number
  private saved: number
  /** Milliseconds that were spent on looks at the network, and elsewhere than on the run. */
  private looked = 0
  away = 0

  private constructor(written: WrittenRun, watching: Watching | undefined, stepsPerEpoch: number) {
    const { run, plan } = written
    const { from, settings } = plan
    const files = runFiles(run.folder)
    this.written = written
    this.watching = watching
    this.stepsPerEpoch = stepsPerEpoch
    this.step = from
    this.saved = from
    const after = from - (from % settings.checkpointEvery)
    const { keepBest, tensorboard } = settings
    this.score =
      keepBest === undefined
        ? undefined
        : resumedScore(keepBest, run.bundle.manifest, files, { after, step: from })
    this.sink = allOf([
      metricsSink(files.metrics),
      ...(tensorboard ? [tensorboardSink(run)] : withoutTensorboard(run.folder)),
    ])
  }

  /** Later lines than the run stands at are forgotten, and the network is looked at where that is due before the first step. */
  static async open(written: WrittenRun): Promise<RunWriter> {
    const { run, plan, trainer, lock, signal } = written
    const { onProbe, onNotice = warn } = written.options
    const stepsPerEpoch = batchesPerEpoch(plan.dataset.count, run.bundle.manifest.train.batch)
    truncateMetrics(runFiles(run.folder).metrics, plan.from, onNotice)
    const values = () => trainer.values()
    const watched = { run, plan, lock, stepsPerEpoch, values, signal, onNotice, onProbe }
    const watching = await Watching.open(watched)
    const writer = new RunWriter(written, watching, stepsPerEpoch)
    try {
      if (watching?.isDue(plan.from) === true) await writer.look(await trainer.values())
    } catch (error) {
      await writer.release()
      throw error
    }
    return writer
  }

  /** Whether the values that so many steps leave are needed. */
  readonly wanted = (stepsDone: number): boolean =>
    this.isSaved(stepsDone) || this.watching?.isDue(stepsDone) === true

  /** Writes a step down, tells of it, and looks and saves where that is due. Returns its line of metrics. */
  async take(done: StepDone): Promise<Metrics> {
    const { lock, options, run } = this.written
    const { totalSteps } = run.record
    this.step = done.step
    this.losses = done.losses
    const [{ step, losses, stepsPerEpoch }, imagesPerSecond] = [this, this.speed()]
    lock.require()
    const shown = shownOf(done)
    this.score?.add(shown)
    const rate = this.written.trainer.rate(step - 1)
    const epoch = (step - 1) / stepsPerEpoch
    const line: Metrics = { step, epoch, rate, ...shown, imagesPerSecond, ...costOf(done) }
    this.sink.metrics(line)
    const secondsLeft = ((totalSteps - step) * run.bundle.manifest.train.batch) / imagesPerSecond
    const probe = this.watching?.top
    const stands = { step, totalSteps, stepsPerEpoch, rate, losses, imagesPerSecond, secondsLeft, probe }
    options.onMetrics?.(line)
    options.onProgress?.(stands)
    if (done.values && this.watching?.isDue(step) === true) await this.look(done.values)
    if (done.values && this.isSaved(step)) this.save(done.values)
    return line
  }

  /** Writes the last checkpoint, where there is none of the last step. */
  async end(): Promise<TrainSummary> {
    const { lock, plan, run, trainer } = this.written
    const { totalSteps } = run.record
    const { step, losses } = this
    if (step > this.saved) this.save(await trainer.values())
    lock.require()
    this.sink.end({ step, finished: step === totalSteps })
    const newSteps = step - plan.from
    return {
      ...{ step, totalSteps, newSteps, losses, probe: this.watching?.last },
      seconds: (performance.now() - this.began) / 1000,
      lookedSeconds: this.looked / 1000,
      imagesPerSecond: newSteps > 0 ? this.speed() : 0,
      stopped: step < totalSteps,
    }
  }

  /** What went wrong, with where the run stands: whoever looks for why wants to see the steps up to it. */
  explained(error: unknown): unknown {
    if (!(error instanceof UserError) || error.name !== 'TrainingError') return error
    const { lock, run } = this.written
    lock.require()
    this.sink.sync()
    const { checkpoint } = runFiles(run.folder)
    return this.saved > 0 ? error.note(`${checkpoint} holds the state after step ${this.saved}.`) : error
  }

  async release(): Promise<void> {
    await this.watching?.release()
  }

  private isSaved(stepsDone: number): boolean {
    return stepsDone % this.written.plan.settings.checkpointEvery === 0
  }

  /** Images a second since the training began here. */
  private speed(): number {
    const { plan, run } = this.written
    const images = (this.step - plan.from) * run.bundle.manifest.train.batch
    return (images * 1000) / (performance.now() - this.began - this.looked - this.away)
  }

  private async look(values: Values): Promise<void> {
    const start = performance.now()
    const found = await this.watching?.look(values, this.step)
    if (found) this.sink.probe(found)
    if (found && this.step > this.written.plan.from) this.score?.found(found)
    this.looked += performance.now() - start
  }

  private save(values: Values): void {
    const { lock, plan, run } = this.written
    const { seed, totalSteps } = run.record
    const { step } = this
    lock.require()
    // A checkpoint never knows of steps whose metrics a failing machine would lose.
    this.sink.sync()
    this.watching?.sync()
    const mayStay = isCandidate(plan.settings, step)
    const measured = mayStay ? this.score?.take() : undefined
    saveCheckpoint(runFiles(run.folder).checkpoint, { values, step, totalSteps, seed }, run.bundle, measured)
    if (mayStay) keepCheckpoint(run.folder, plan.settings, step)
    this.saved = step
  }
}
