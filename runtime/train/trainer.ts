import { platform } from '#platform'
import { both } from './both.ts'
import { checkedWithSession, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { ranges } from '../given/ranges.ts'
import { BatchSource, type SourceOptions } from '../batches/batch-source.ts'
import { inLayerOrder, type Logs } from './logs.ts'
import { lossesByLayer } from './losses.ts'
import { valuesOf, type Start } from '../values/start.ts'
import { DEFAULT_AHEAD, lengthFor, type RunLength } from './run-length.ts'
import { stepSection, type Parallel } from './parallel.ts'
import { Stepper } from './stepper.ts'
import type { Values } from '../values/value-store.ts'

/** Where the run starts, and what it is given. */
export interface TrainerOptions extends SourceOptions, Start {
  /**
   * Steps of a run of the graphs, at most as many as they were compiled for. 'auto', the default, measures what a run costs
   * where they were compiled for cuda, and otherwise takes that number. The bits are the same.
   */
  readonly stepsPerRun?: number | 'auto' | undefined
  /**
   * Whether a step is of the whole batch ('threads', the default), or of the shards that the bundle was compiled for, one after
   * the other ('none').
   */
  readonly parallel?: Extract<Parallel, 'threads' | 'none'> | undefined
  /** Is told of what was measured and chosen. */
  readonly onNotice?: ((notice: string) => void) | undefined
}

const checks: Checks<TrainerOptions> = {
  ...kind.session,
  bundle: kind.bundle,
  dataset: kind.images,
  seed: kind.wholeIn(ranges.seed),
  totalSteps: kind.wholeIn(ranges.steps),
  prepareAhead: kind.wholeIn(ranges.prepareAhead).optional(),
  checkpoint: kind.checkpoint.optional(),
  stepsPerRun: kind.stepsPerRun.optional(),
  parallel: kind.oneOf('threads', 'none').optional(),
  onNotice: kind.listener<TrainerOptions['onNotice']>('notice').optional(),
}

/** Which steps are done, and when all parameters and states are wanted with them. */
export interface RunOptions {
  /** Steps done before, and when the run is over. */
  readonly from: number
  readonly to: number
  /** Whether the values as this many steps leave them are wanted. */
  readonly wanted?: (stepsDone: number) => boolean
  /** Ends the run after the steps under way. */
  readonly signal?: AbortSignal | undefined
}

export interface StepDone {
  /** Steps done, this one included. */
  readonly step: number
  readonly losses: Readonly<Record<string, number>>
  /** What rules log beside them, by layer and name; it need not be finite. */
  readonly log: Logs
  /**
   * Of the step, waiting for its batch included: of a run of several steps an equal part for each, of workers the time
   * since the step before was done.
   */
  readonly milliseconds: number
  /** Beside these, for hosts that were to take a part of it and were not there. */
  readonly waited?: number
  /** Of each graph of the step, within onnxruntime. */
  readonly graphs: Readonly<Record<string, number>>
  /** Parameters and states after the step; valid until the next one. */
  readonly values: Values | undefined
  /** Whether these are copies that nobody else reads: who takes their memory over need not copy them. */
  readonly valuesAreCopies?: boolean
}

/** What trains a program: in this thread, or as a pipeline of several. */
export interface Training {
  readonly run: (options: RunOptions) => AsyncGenerator<StepDone>
  /** All parameters and states before the first step, or after the last once the run is over. */
  readonly values: () => Promise<Values>
  readonly rate: (step: number) => number
  /**
   * Why the values after the last step that was told of are not to be had, where it was stopped so: it goes on from the last
   * checkpoint.
   */
  readonly unfinished?: string | undefined
  readonly release: () => Promise<void>
}

/** Steps of a program on a data set in this thread. Each depends on seed and number alone. */
export class Trainer implements Training {
  /** What runs its steps, and holds the values. */
  readonly stepper: Stepper
  private readonly source: BatchSource
  private readonly options: TrainerOptions
  private readonly length: RunLength

  private constructor(options: TrainerOptions, length: RunLength, stepper: Stepper, source: BatchSource) {
    this.options = options
    this.length = length
    this.stepper = stepper
    this.source = source
  }

  /** Prepares a run from its start or from a checkpoint; release it at the end. */
  static async create(given: TrainerOptions): Promise<Trainer> {
    const options = checkedWithSession('Trainer.create', checks, given)
    const length = lengthFor(options.bundle.manifest, options)
    const [source, stepper] = await both(BatchSource.create(options), stepperFrom(options))
    return new Trainer(options, length, stepper, source)
  }

  /** Milliseconds that this thread spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.stepper.runMilliseconds + this.source.runMilliseconds
  }

  /** The learning rate of step number `step` (from 0). */
  rate(step: number): number {
    return this.source.rate(step)
  }

  /**
   * Does step number `step` (from 0) and returns the loss of each layer.
   *
   * @throws UserError ('TrainingError') that names layer and step where a loss is not finite.
   */
  async step(step: number): Promise<Record<string, number>> {
    const [result] = await this.stepper.run([await this.source.prepare(step)])
    return lossesByLayer(this.options.bundle.manifest, result?.losses ?? {}, step)
  }

  /** Values are known only at the end of a run of the graphs, so a run ends where they are wanted. */
  async *run({ from, to, wanted, signal }: RunOptions): AsyncGenerator<StepDone> {
    const { manifest } = this.options.bundle
    let done = from
    while (done < to && signal?.aborted !== true) {
      const began = performance.now()
      this.stepper.graphMilliseconds.clear()
      const { room } = this.stepper
      const most = Math.min(this.length.next, room)
      const next = (step: number) => this.source.prepare(step, DEFAULT_AHEAD * most)
      const batches = [await next(done)]
      const enough = () => batches.length === most || done + batches.length === to
      while (!enough() && wanted?.(done + batches.length) !== true)
        batches.push(await next(done + batches.length))
      const prepared = performance.now()
      const results = await this.stepper.run(batches)
      // What ends sooner, as loss scales are adjusted then, says nothing of the length that is asked for.
      if (this.length.next <= room) this.length.took(batches.length, performance.now() - prepared)
      const milliseconds = (performance.now() - began) / batches.length
      const graphs = Object.fromEntries(
        [...this.stepper.graphMilliseconds].map(([graph, time]) => [graph, time / batches.length]),
      )
      // Signals are heard only when the event loop turns.
      await platform.threads.turn()
      for (const [i, result] of results.entries()) {
        const losses = lossesByLayer(manifest, result.losses, done)
        done++
        const hasValues = i === results.length - 1 && wanted?.(done) === true
        yield {
          step: done,
          losses,
          log: inLayerOrder(manifest, result.log),
          milliseconds,
          graphs,
          values: hasValues ? this.stepper.values() : undefined,
        }
      }
    }
  }

  values(): Promise<Values> {
    return Promise.resolve(this.stepper.values())
  }

  /** Frees its sessions and threads. */
  async release(): Promise<void> {
    await this.stepper.release()
    await this.source.release()
  }
}

/** Async, so that a checkpoint that is refused while it is opened rejects, too. */
async function stepperFrom(options: TrainerOptions): Promise<Stepper> {
  const { bundle } = options
  const section = stepSection(bundle.manifest, options)
  return Stepper.open(bundle, section, valuesOf(section, options), options)
}
