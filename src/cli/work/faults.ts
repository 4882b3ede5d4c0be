import { UserError } from '../../base/error.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { Outcome } from './worker.ts'

/** So many different tasks in a row that this machine could not do: it leaves the others to better ones. */
const MOST_FAULTS = 3

type Task = Pick<Taken, 'task'>

/**
 * What this machine could not do: whether the fault is the task's, which then fails here alone, or the machine's, which no task
 * would succeed on.
 */
export class Faults {
  private readonly since = new Set<string>()
  private readonly left = new Set<string>()

  /** @throws UserError ('WorkerError') where this machine can do nothing, as it seems */
  note({ task: { record } }: Task, outcome: Outcome): void {
    if (outcome.kind !== 'fault') {
      this.since.clear()
      return
    }
    this.since.add(record)
    this.left.add(record)
    if (this.since.size >= MOST_FAULTS) throw unfit(outcome.why)
  }

  /** What was not done here is left to others, while there is anything else to do. */
  isLeftToOthers({ task: { record } }: Task): boolean {
    return this.left.has(record)
  }

  /** There is nothing else to do. */
  mayTakeAgain(): void {
    this.left.clear()
  }
}

const unfit = (why: string) =>
  new UserError('WorkerError', `${MOST_FAULTS} tasks in a row could not be done on this machine: ${why}`, {
    help: 'Look at its memory, its disk (--scratch) and its devices, and start the worker again.',
  })
