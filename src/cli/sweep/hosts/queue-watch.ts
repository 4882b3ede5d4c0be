import { WORK_STREAM } from '../../../../runtime/hosts/names.ts'
import { tasksThere } from '../../../../runtime/hosts/work.ts'
import { UserError } from '../../../base/error.ts'
import { plural } from '../../units.ts'
import { isWaiting, type SeenRun } from './seen.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'

interface QueueWatchOptions {
  readonly server: Server
  readonly again: AgainOptions
  /** The command of the sweep, as far as it is known. */
  readonly command: string
}

/** Sees that what runs wait in was removed: nobody would ever take them. */
export class QueueWatch {
  private readonly options: QueueWatchOptions
  /** Those that waited at the look before, when there were too few messages already. */
  private before: ReadonlySet<string> = new Set()

  constructor(options: QueueWatchOptions) {
    this.options = options
  }

  /** @throws UserError ('ServerError') where runs wait that no message names any more */
  async look(runs: readonly SeenRun[], provider: RunJob['provider'] | undefined): Promise<void> {
    const { server, again } = this.options
    const waiting = runs.filter(isWaiting).map(({ name }) => name)
    if (provider === undefined || waiting.length === 0) {
      this.before = new Set()
      return
    }
    const there = await tasksThere(server, provider, again)
    // A message may come, or go, between two questions: one that is missing is missing twice.
    const still = waiting.filter((name) => this.before.has(name))
    this.before = new Set((there ?? 0) < waiting.length ? waiting : [])
    if ((there ?? 0) < still.length) throw this.gone(there, still.length)
  }

  private gone(there: number | undefined, waiting: number): UserError {
    const missing = waiting - (there ?? 0)
    const what =
      there === undefined
        ? `the queue of work (${WORK_STREAM}) is`
        : `${plural(missing, 'message')} of the queue of work (${WORK_STREAM}) ${missing === 1 ? 'is' : 'are'}`
    const runs = waiting === 1 ? 'the run that waits' : `the ${waiting} runs that wait`
    return new UserError('ServerError', `${what} not on the server any more: no worker takes ${runs}`, {
      help: `Somebody has removed it there. The command of the sweep puts them into the queue again, and leaves alone what is being made: ${this.options.command}`,
    })
  }
}
