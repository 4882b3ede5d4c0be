import { discard } from '../../session/discard.ts'
import { inLayerOrder } from '../../train/logs.ts'
import { lossesByLayer } from '../../train/losses.ts'
import type { BatchSource } from '../../batches/batch-source.ts'
import type { StepInputs } from '../../train/stepper.ts'
import type { RunOptions, StepDone, TrainerOptions, Training } from '../../train/trainer.ts'
import type { Values } from '../../values/value-store.ts'
import type { Parts } from './parts.ts'

/** Steps under way at once beyond those that threads work on: enough that none waits for its next batch. */
export const UNDER_WAY_BEYOND = 2

/** What is asked for under this number of steps are the values that parts begin with. */
const BEFORE_ALL = -1

/** Where batches come from. */
export type Batches = Pick<BatchSource, 'prepare' | 'rate' | 'release'>

/** What trains in threads that each do a part. */
export interface Divided {
  readonly source: Batches
  readonly parts: Parts
  /** Steps that they work on at once. */
  readonly atOnce: number
  /** A batch as they are told of it; `place` is another one for each of the steps under way. */
  readonly handOver?: (inputs: StepInputs, place: number) => StepInputs
}

/** Training in several threads; this one hands out the batches, ahead of them by some steps at most. */
export class InParts implements Training {
  private readonly options: Pick<TrainerOptions, 'bundle'>
  private readonly divided: Divided
  private latest: Values | undefined

  protected constructor(options: Pick<TrainerOptions, 'bundle'>, divided: Divided) {
    this.options = options
    this.divided = divided
  }

  rate(step: number): number {
    return this.divided.source.rate(step)
  }

  async *run({ from, to, wanted, signal }: RunOptions): AsyncGenerator<StepDone> {
    const { source, parts, handOver } = this.divided
    const { inbox, post } = parts
    const underWay = this.divided.atOnce + UNDER_WAY_BEYOND
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
      while (sent < to && signal?.aborted !== true && sent - done < underWay) {
        const batch = await source.prepare(sent)
        post({ kind: 'step', step: sent, inputs: handOver ? handOver(batch, sent % underWay) : batch })
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
      const values = saved.delete(done) ? await inbox.valuesAfter(done) : undefined
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
    const { inbox, post } = this.divided.parts
    post({ kind: 'save', step: BEFORE_ALL })
    this.latest = await inbox.valuesAfter(BEFORE_ALL)
    return this.latest
  }

  async release(): Promise<void> {
    await this.divided.parts.stop()
    await this.divided.source.release()
  }
}
