import { UserError } from '../../src/base/error.ts'
import { batchesPerEpoch } from '../batches/epoch.ts'
import { soundLines } from '../files/metrics.ts'
import { truncateMetrics } from '../files/resume-metrics.ts'
import { runFiles } from '../files/run-folder.ts'
import { isHeld } from '../files/run-lock.ts'
import { syncLines } from '../files/step-lines.ts'
import { costOf } from './cost.ts'
import { shownOf } from './logs.ts'
import { RunCheckpoints } from './run-checkpoints.ts'
import { scoreOf, type Score } from './score.ts'
import { warn } from './training-data.ts'
import { Watching } from './watching.ts'
import { sinksOf } from './run-sinks.ts'
import type { Metrics } from '../files/metrics-line.ts'
import type { Sink } from '../files/sinks.ts'
import type { TrainSummary } from './options.ts'
import type { StepDone } from './trainer.ts'
import type { Values } from '../values/value-store.ts'
import type { WrittenRun } from './written-run.ts'

/** What ends a training that can be gone on with: of its numbers, of memory, and of a GPU. */
const leavesCheckpoint: readonly string[] = ['TrainingError', 'MemoryError', 'ProviderError']

/** Writes down a training as it goes, in the folder of its run: metrics, what is found, checkpoints. Each step is told. */
export class RunWriter {
  private readonly written: WrittenRun
  private readonly watching: Watching | undefined
  private readonly score: Score | undefined
  private readonly sink: Sink
  private readonly stepsPerEpoch: number
  private readonly began = performance.now()
  private losses: Readonly<Record<string, number>> = {}
  private readonly checkpoints: RunCheckpoints
  private step: number
  /** Milliseconds that were spent on looks at the network, and elsewhere than on the run. */
  private looked = 0
  away = 0

  private constructor(written: WrittenRun, watching: Watching | undefined, stepsPerEpoch: number) {
    const { run, plan } = written
    const { from, settings } = plan
    this.written = written
    this.watching = watching
    this.stepsPerEpoch = stepsPerEpoch
    this.step = from
    this.score = scoreOf(run, settings, from)
    this.sink = sinksOf(run, plan, written.options)
    this.checkpoints = new RunCheckpoints({ ...written, sink: this.sink, score: this.score })
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
    let writer: RunWriter | undefined
    try {
      writer = new RunWriter(written, watching, stepsPerEpoch)
      if (watching?.isDue(plan.from) === true) await writer.look(await trainer.values())
      return writer
    } catch (error) {
      writer?.tellFailure()
      await watching?.release()
      throw error
    }
  }

  /** Whether the values that so many steps leave are needed. */
  readonly wanted = (stepsDone: number): boolean =>
    this.checkpoints.isDue(stepsDone) || this.watching?.isDue(stepsDone) === true

  /** Writes a step down, tells of it, and looks and saves where that is due. Returns its line of metrics. */
  async take(done: StepDone): Promise<Metrics> {
    const { lock, options, hearing, plan, run } = this.written
    const { totalSteps } = run.record
    this.step = done.step
    this.away += done.waited ?? 0
    this.losses = done.losses
    const [{ step, losses, stepsPerEpoch }, imagesPerSecond] = [this, this.speed()]
    lock.require()
    this.checkpoints.check()
    const shown = shownOf(done)
    this.score?.add(shown)
    const rate = this.written.trainer.rate(step - 1)
    const epoch = (step - 1) / stepsPerEpoch
    const cost = costOf(done, plan.settings)
    const line: Metrics = { step, epoch, rate, ...shown, imagesPerSecond, ...cost }
    this.sink.metrics(line)
    const secondsLeft = ((totalSteps - step) * run.bundle.manifest.train.batch) / imagesPerSecond
    const probe = this.watching?.top
    const stands = { step, totalSteps, stepsPerEpoch, rate, losses, imagesPerSecond, secondsLeft, probe }
    options.onMetrics?.(line)
    options.onProgress?.(stands)
    await hearing.done()
    if (done.values && this.watching?.isDue(step) === true) await this.look(done.values)
    // The last one is written when the run ends.
    if (done.values && this.checkpoints.isDue(step) && step < totalSteps)
      await this.checkpoints.begin(step, done.values, done.valuesAreCopies === true)
    return line
  }

  /** Writes the last checkpoint, where there is none of the last step. */
  async end(): Promise<TrainSummary> {
    const { lock, hearing, plan, run, trainer } = this.written
    const { totalSteps } = run.record
    const step = await this.lastStep()
    const { losses } = this
    await this.checkpoints.end(step, () => trainer.values())
    await hearing.done()
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

  /** The one that the run ends with: where those after it are not whole, that of the last checkpoint. */
  private async lastStep(): Promise<number> {
    const { trainer, options } = this.written
    const { unfinished } = trainer
    if (unfinished === undefined) return this.step
    await this.checkpoints.end(0, () => trainer.values())
    const step = this.checkpoints.last
    const { onNotice = warn } = options
    onNotice(`${unfinished}: what was done after step ${step} is left out`)
    this.sink.flush()
    // The last losses are those of the step that it stands at.
    this.losses = {}
    for (const line of soundLines(runFiles(this.written.run.folder).metrics))
      if (line.step === step) this.losses = line.losses
    return step
  }

  /** Whoever watches is told of what went wrong, and gets it with where the run stands, to see the steps up to it. */
  async explained(error: unknown): Promise<unknown> {
    this.tellFailure()
    if (!(error instanceof UserError) || !leavesCheckpoint.includes(error.name)) return error
    const { lock, run } = this.written
    // A checkpoint that is being written, and holds NaN, went wrong before.
    const before = await this.checkpoints.failure()
    const first = before instanceof UserError ? before : error
    lock.require()
    this.sink.flush()
    const { checkpoint, metrics } = runFiles(run.folder)
    syncLines(metrics)
    const { last } = this.checkpoints
    return last > 0 ? first.note(`${checkpoint} holds the state after step ${last}.`) : first
  }

  async release(): Promise<void> {
    await this.checkpoints.release()
    await this.watching?.release()
  }

  /** Where the run is still ours: a monitor's file is another's, too, who has taken it over. */
  private tellFailure(): void {
    if (isHeld(this.written.lock.claim)) this.sink.failed()
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
}
