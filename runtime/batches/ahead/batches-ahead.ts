import { platform } from '#platform'
import { checkDataset } from '../check-dataset.ts'
import { batchIndices } from '../epoch.ts'
import { sharedRows } from './shared-rows.ts'
import { isStored } from '../../data/stored/is-stored.ts'
import { roomFor } from '../../data/dataset.ts'
import type { BatchOptions } from '../batch-inputs.ts'
import type { Thread } from '../../platform/platform.ts'
import { Deferred } from '../../workers/thread/deferred.ts'
import { placeOf } from '../../session/options.ts'
import type { AheadAnswer, AheadOrder, AheadPlan } from './messages.ts'
import type { StepNumbers } from '../step-numbers.ts'
import type { StepInputs } from '../../train/stepper.ts'
import type { Manifest } from '../../../src/bundle/manifest.ts'

export interface AheadOptions extends BatchOptions {
  readonly bundle: BatchOptions['bundle'] & { readonly manifest: Pick<Manifest, 'train'> }
  /** Batches that may be ready, or under way, before they are asked for; at least 1. */
  readonly ahead: number
  /** Steps of the run: nothing is prepared for later ones. */
  readonly totalSteps: number
  /** The learning rate of a step (from 0), and its weight in averages. */
  readonly numbers: (step: number) => StepNumbers
}

interface Ordered {
  readonly batch: Deferred<StepInputs>
  /** Whether it was asked for, not only ordered ahead. */
  taken: boolean
}

/**
 * Prepares the batches of the steps to come in a thread of its own, while this one trains. They are the same bits as
 * prepared here. A batch's memory is handed over, not copied; the thread waits while enough batches wait.
 */
export class BatchesAhead {
  private readonly options: AheadOptions
  private readonly thread: Thread<AheadOrder>
  private readonly started = new Deferred<undefined>()
  /** By step, until it is prepared and taken. */
  private readonly ordered = new Map<number, Ordered>()
  private failure: Error | undefined
  private reading = Promise.resolve()

  private constructor(options: AheadOptions) {
    this.options = options
    this.thread = platform.threads.start<AheadOrder, AheadAnswer>({
      who: 'the worker that prepares batches',
      work: 'batches',
      plan: planOf(options),
      onAnswer: (answer) => {
        this.receive(answer)
      },
      onFailure: (error) => {
        this.fail(error)
      },
    })
  }

  /** @throws UserError as the preparation does in the thread that trains. */
  static async create(options: AheadOptions): Promise<BatchesAhead> {
    checkDataset(options.dataset, options.bundle.manifest)
    platform.sessions.settle(options)
    const batches = new BatchesAhead(options)
    await batches.started.promise
    return batches
  }

  /**
   * The inputs of step number `step` (from 0); those of the steps after it are prepared meanwhile.
   *
   * @param most of them, where fewer than were allowed are enough
   */
  async prepare(step: number, most = Infinity): Promise<StepInputs> {
    if (this.failure) throw this.failure
    const { totalSteps } = this.options
    const ahead = Math.min(this.options.ahead, most)
    const end = Math.max(step + 1, Math.min(step + 1 + ahead, totalSteps))
    // Who goes on elsewhere has no use for what was prepared.
    for (const [known, { taken }] of this.ordered)
      if (!taken && (known < step || known >= end)) this.ordered.delete(known)
    for (let next = step; next < end; next++) if (!this.ordered.has(next)) this.order(next)
    const wanted = this.ordered.get(step)
    if (!wanted) throw new Error(`step ${step} was not ordered`)
    wanted.taken = true
    return wanted.batch.promise.finally(() => this.ordered.delete(step))
  }

  /** Waits for the batch under way, and for the thread's end. */
  release(): Promise<void> {
    return this.thread.stop()
  }

  private order(step: number): void {
    this.ordered.set(step, { batch: new Deferred(), taken: false })
    const { dataset, numbers } = this.options
    if (isStored(dataset)) this.thread.post({ step, ...numbers(step), rows: undefined })
    else
      this.reading = this.reading
        .then(() => this.handOver(step))
        .catch((error: unknown) => {
          this.fail(error instanceof Error ? error : new Error(String(error)))
        })
  }

  /** Rows of a user's own reader are read here, one batch after the other, and sent along with the order. */
  private async handOver(step: number): Promise<void> {
    const { dataset, bundle, seed, numbers } = this.options
    const { batch } = bundle.manifest.train
    const rows = roomFor(dataset, batch)
    await dataset.read(batchIndices(dataset.count, batch, seed, step), rows)
    this.thread.post({ step, ...numbers(step), rows })
  }

  private receive(answer: AheadAnswer): void {
    if (answer.kind === 'ready') {
      this.started.resolve(undefined)
      return
    }
    this.ordered.get(answer.step)?.batch.resolve(answer.inputs)
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.started.reject(this.failure)
    for (const { batch } of this.ordered.values()) batch.reject(this.failure)
  }
}

function planOf({ bundle, dataset, seed, ...options }: AheadOptions): AheadPlan {
  const { program, augment, train } = bundle.manifest
  return {
    manifest: { program, augment, train },
    graphs: new Map(augment.graphs.map((graph) => [graph.name, bundle.graph(graph)])),
    dataset: sharedRows(dataset),
    seed,
    session: placeOf(options),
  }
}
