import { PageTrainer } from './trainer.ts'
import { Run } from './run.ts'
import type { Answer, Begin } from '../messages.ts'

export type State = 'idle' | 'preparing' | 'running' | 'paused' | 'ended' | 'failed'

/** Runs whose curves stay: more nobody tells apart. */
const MOST_KEPT = 6

/** The run of the page, and those before it. */
export class PageSession {
  run: Run | undefined
  before: readonly Run[] = []
  state: State = 'idle'
  private trainer: PageTrainer | undefined
  private readonly changed: (answer: Answer | undefined) => void

  /** @param changed is told of each answer, and of changes of state */
  constructor(changed: (answer: Answer | undefined) => void) {
    this.changed = changed
  }

  /** Whether to train is to begin a run. */
  get begins(): boolean {
    return this.trainer === undefined
  }

  /** Trains on, or once more one step; a run that is not there yet is begun. */
  go(asked: () => Begin, how: 'go' | 'step'): void {
    if (this.state === 'ended' || this.state === 'failed') this.reset()
    const isNew = this.trainer === undefined
    this.trainer ??= this.begin(asked())
    this.trainer.tell({ kind: how })
    if (isNew) this.state = 'preparing'
    else this.state = how === 'go' ? 'running' : 'paused'
    this.isGoing = how === 'go'
    this.isBusy = true
    this.changed(undefined)
  }

  pause(): void {
    this.trainer?.tell({ kind: 'pause' })
    this.isGoing = false
    if (this.state === 'running') this.state = 'paused'
    this.changed(undefined)
  }

  /** Ends the run; if anything was trained its curves stay. */
  reset(): void {
    this.trainer?.end()
    this.trainer = undefined
    if (this.run && this.run.steps > 0) this.before = [...this.before, this.run].slice(-MOST_KEPT)
    this.run = undefined
    this.isGoing = false
    this.isBusy = false
    this.state = 'idle'
    this.changed(undefined)
  }

  /** Whether steps follow each other until somebody stops them. */
  isGoing = false
  /** Whether a step is under way, or about to be. */
  isBusy = false

  private begin(asked: Begin): PageTrainer {
    const run = new Run(asked)
    this.run = run
    return new PageTrainer(asked, (answer) => {
      // What a worker that was ended has still said is of no run of now.
      if (this.run !== run) return
      this.hear(run, answer)
    })
  }

  private hear(run: Run, answer: Answer): void {
    run.hear(answer)
    if (answer.kind === 'resting') this.isBusy = this.isGoing
    if (this.state === 'preparing' && answer.kind === 'stepped')
      this.state = this.isGoing ? 'running' : 'paused'
    if (answer.kind === 'ended' || answer.kind === 'failed') {
      this.state = answer.kind
      this.isGoing = false
      this.isBusy = false
      this.trainer?.end()
      this.trainer = undefined
    }
    this.changed(answer)
  }
}
