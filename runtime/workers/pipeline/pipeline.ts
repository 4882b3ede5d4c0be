import { availableCores } from '../../../src/base/cores.ts'
import { BatchSource } from '../../batches/batch-source.ts'
import { inLayerOrder } from '../../train/logs.ts'
import { lossesByLayer } from '../../train/losses.ts'
import { discard } from '../../session/discard.ts'
import { type RunOptions, type StepDone, type TrainerOptions, type Training } from '../../train/trainer.ts'
import { placeOf } from '../../session/options.ts'
import { divide } from './groups.ts'
import { startParts, type Parts } from './parts.ts'
import { timeGraphs } from './time-graphs.ts'
import type { Values } from '../../values/value-store.ts'

/** Steps under way at once beyond one per part: enough that no part waits for its next batch. */
const AHEAD = 2

/** What is asked for under this number of steps are the values that parts begin with. */
const BEFORE_ALL = -1

/**
 * Trains layer by layer in several threads: a layer works on one batch while the layer above works on the batch
 * before. Every graph is run on the same numbers in the same order as in one thread, so the results are the same
 * bits. This thread hands out the batches.
 */
export class Pipeline implements Training {
  private readonly options: TrainerOptions
  private readonly source: BatchSource
  private readonly parts: Parts
  private latest: Values | undefined

  private constructor(options: TrainerOptions, source: BatchSource, parts: Parts) {
    this.options = options
    this.source = source
    this.parts = parts
  }

  /**
   * @param devices GPUs that the parts are dealt to in turn; default: all are on that of the options
   * @throws UserError ('PipelineError') where the program's layers cannot work on different batches.
   */
  static async create(
    options: TrainerOptions,
    workers: number,
    devices?: readonly number[],
  ): Promise<Pipeline> {
    const { bundle, seed, checkpoint, threads } = options
    const { train } = bundle.manifest
    // Refused before anything is made.
    divide(train, new Map(), workers)
    const session = {
      ...placeOf(options),
      threads: threads ?? Math.max(1, Math.floor(availableCores() / workers)),
    }
    const start = { seed, checkpoint }
    const source = await BatchSource.create({ ...options, ...session })
    try {
      const times = await timeGraphs(bundle, start, session, await source.prepare(0))
      const sections = divide(train, times, workers)
      return new Pipeline(options, source, await startParts(bundle, sections, start, session, devices))
    } catch (error) {
      await source.release()
      throw error
    }
  }

  /** Which graphs each worker runs. */
  get groups(): Parts['groups'] {
    return this.parts.groups
  }

  rate(step: number): number {
    return this.source.rate(step)
  }

  async *run({ from, to, wanted, signal }: RunOptions): AsyncGenerator<StepDone> {
    const { inbox, post, groups } = this.parts
    if (this.latest) discard(Object.fromEntries(this.latest))
    this.latest = undefined
    const { manifest } = this.options.bundle
    const saved = new Set<number>()
    const save = (step: number) => {
      if (!saved.has(step)) post({ kind: 'save', step })
      saved.add(step)
    }
    let [sent, done] = [from, from]
    for (;;) {
      const began = performance.now()
      while (sent < to && signal?.aborted !== true && sent - done < groups.length + AHEAD) {
        post({ kind: 'step', step: sent, inputs: await this.source.prepare(sent) })
        sent++
        if (sent === to || wanted?.(sent) === true) save(sent)
        // Signals and answers are heard only when the event loop turns.
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (done === sent) return
      if (signal?.aborted === true) save(sent)
      const { losses: found, log: logged, graphs } = await inbox.step(done)
      const milliseconds = performance.now() - began
      const losses = lossesByLayer(manifest, found, done)
      const log = inLayerOrder(manifest, logged)
      done++
      const values = saved.has(done) ? await inbox.valuesAfter(done) : undefined
      const isLast = done === to || (done === sent && signal?.aborted === true)
      if (values && isLast) this.latest = values
      const shown = { losses, log, milliseconds, graphs }
      const given = wanted?.(done) === true ? values : undefined
      yield { step: done, ...shown, values: given, valuesAreCopies: given !== undefined && !isLast }
      // A copy of everything that is trained: it does not wait for the garbage collector.
      if (values && !isLast) discard(Object.fromEntries(values))
    }
  }

  async values(): Promise<Values> {
    if (this.latest) return this.latest
    const { inbox, post } = this.parts
    post({ kind: 'save', step: BEFORE_ALL })
    this.latest = await inbox.valuesAfter(BEFORE_ALL)
    return this.latest
  }

  async release(): Promise<void> {
    await this.parts.stop()
    await this.source.release()
  }
}
