import { writeCheckpoint, type CheckpointOrder } from '../../files/write-checkpoint.ts'
import { bytesOf, type HostTensor } from '../../values/tensor.ts'
import { allocateUnfilled } from '../../values/unfilled.ts'
import { buffersOf } from '../thread/buffers.ts'
import { Deferred } from '../thread/deferred.ts'
import { startThread, type Thread } from '../thread/thread.ts'
import type { SavedProgram } from '../../files/checkpoint.ts'
import type { Saved } from '../../files/sinks.ts'
import type { Values } from '../../values/value-store.ts'

/** Bytes from which on values are written by a thread: less is written sooner than a thread starts. */
export const APART = 16 * 1024 * 1024

/** An order without its values. */
export type SaveOrder = Omit<CheckpointOrder, 'checkpoint'> & {
  readonly checkpoint: Omit<CheckpointOrder['checkpoint'], 'values'>
}

/**
 * Writes checkpoints of a run while it trains on: large ones from a copy, in a thread. There is one copy at most, since
 * who wants the next one waits for the one before; so they are written in their order, and the last is the newest.
 */
export class Saver {
  private readonly program: SavedProgram
  private readonly onSaved: (saved: Saved) => void
  private readonly apart: number
  private thread: Thread<CheckpointOrder> | undefined
  /** What is being written. */
  private pending: Deferred<undefined> | undefined
  private failure: { readonly error: unknown } | undefined
  /** The step of the last checkpoint that is there; undefined where none was written. */
  saved: number | undefined

  /**
   * @param onSaved is told of each checkpoint once it is there
   * @param apart bytes from which on a thread writes
   */
  constructor({ identity, manifest }: SavedProgram, onSaved: (saved: Saved) => void, apart = APART) {
    const { program, train, encode } = manifest
    this.program = { identity, manifest: { program, train, encode } }
    this.onSaved = onSaved
    this.apart = apart
  }

  /**
   * Begins to write values, which may change once this is done. The checkpoint before is there by then.
   *
   * @param areOwn whether nobody else reads the values any more: they are handed over, not copied
   * @throws what went wrong with this one or the one before
   */
  async begin(order: SaveOrder, values: Values, areOwn: boolean): Promise<void> {
    await this.idle()
    const bytes = [...values.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
    if (bytes < this.apart) {
      this.writeHere(order, values)
      return
    }
    const given = areOwn ? values : copied(values)
    this.pending = new Deferred()
    this.thread ??= this.start()
    this.thread.post(
      { ...order, checkpoint: { ...order.checkpoint, values: given } },
      buffersOf(Object.fromEntries(given)),
    )
  }

  /** Writes values in this thread, after what is being written. @throws what went wrong */
  async write(order: SaveOrder, values: Values): Promise<void> {
    await this.idle()
    this.writeHere(order, values)
  }

  /** Waits until nothing is being written. @throws what went wrong */
  async idle(): Promise<void> {
    await this.pending?.promise.catch(() => undefined)
    this.check()
  }

  /** @throws what went wrong meanwhile */
  check(): void {
    if (this.failure) throw this.failure.error
  }

  /** Waits until nothing is being written, whatever went wrong, and ends the thread. */
  async release(): Promise<void> {
    await this.pending?.promise.catch(() => undefined)
    await this.thread?.stop()
    this.thread = undefined
  }

  private writeHere(order: SaveOrder, values: Values): void {
    this.done(writeCheckpoint({ ...order, checkpoint: { ...order.checkpoint, values } }, this.program))
  }

  private done(saved: Saved): void {
    this.saved = saved.step
    this.onSaved(saved)
  }

  private start(): Thread<CheckpointOrder> {
    return startThread<CheckpointOrder, Saved>({
      who: 'the worker that writes checkpoints',
      module: new URL('./save.ts', import.meta.url),
      plan: this.program,
      onAnswer: (saved) => {
        this.done(saved)
        this.pending?.resolve(undefined)
        this.pending = undefined
      },
      onFailure: (error) => {
        this.failure ??= { error }
        this.pending?.reject(error)
        this.pending = undefined
      },
    })
  }
}

const copied = (values: Values): Map<string, HostTensor> =>
  new Map(
    [...values].map(([name, { type, shape, data }]) => {
      const copy = allocateUnfilled(type, shape)
      bytesOf(copy.data).set(bytesOf(data))
      return [name, copy] as const
    }),
  )
