import { Saver, type SaveOrder } from '../workers/saving/saver.ts'
import { isCandidate } from './run-plan.ts'
import type { Saved, Sink } from '../files/sinks.ts'
import type { Values } from '../values/value-store.ts'
import type { Score } from './score.ts'
import type { WrittenRun } from './written-run.ts'

/** What checkpoints of a run need to know of it. */
export type SavedRun = Pick<WrittenRun, 'run' | 'plan' | 'lock' | 'options'> & {
  readonly sink: Sink
  readonly score: Score | undefined
}

/** The checkpoints of a run as it trains: when they are due, what they say beside the values, and who is told of them. */
export class RunCheckpoints {
  private readonly given: SavedRun
  private readonly saver: Saver
  /** Those that are there, and were not told of yet. */
  private readonly untold: Saved[] = []
  /** The step of the last one that is there or being written. */
  private ordered: number

  constructor(given: SavedRun) {
    this.given = given
    this.ordered = given.plan.from
    this.saver = new Saver(given.run.bundle, (saved) => this.untold.push(saved))
  }

  isDue(step: number): boolean {
    return step % this.given.plan.settings.checkpointEvery === 0
  }

  /**
   * Begins to write the values after a step; the checkpoint before is there by then.
   *
   * @param areOwn whether nobody else reads the values any more
   */
  begin(step: number, values: Values, areOwn: boolean): Promise<void> {
    return this.saver.begin(this.order(step), values, areOwn)
  }

  /** Writes the last one, where there is none of the last step; all are there after that, and told of. */
  async end(step: number, values: () => Promise<Values>): Promise<void> {
    if (step > this.ordered) await this.saver.write(this.order(step), await values())
    await this.saver.idle()
    this.tell()
  }

  /** Tells of those that are there by now. @throws what went wrong meanwhile */
  check(): void {
    this.saver.check()
    this.tell()
  }

  /** What went wrong with one, once nothing is being written; undefined where all is well. */
  failure(): Promise<unknown> {
    return this.saver.idle().then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  /** The step of the last one that is there; 0 where there is none. */
  get last(): number {
    return this.saver.saved ?? this.given.plan.from
  }

  /** Waits until nothing is being written, whatever went wrong. */
  release(): Promise<void> {
    return this.saver.release()
  }

  private order(step: number): SaveOrder {
    const { lock, plan, run, sink, score } = this.given
    const { seed, totalSteps } = run.record
    lock.require()
    sink.flush()
    this.ordered = step
    const mayStay = isCandidate(plan.settings, step)
    return {
      claim: lock.claim,
      checkpoint: { step, totalSteps, seed },
      measured: mayStay ? score?.take() : undefined,
      keeps: mayStay ? plan.settings : undefined,
    }
  }

  private tell(): void {
    const { sink, options } = this.given
    for (const saved of this.untold.splice(0)) {
      sink.checkpoint(saved)
      options.onCheckpoint?.(saved)
    }
  }
}
