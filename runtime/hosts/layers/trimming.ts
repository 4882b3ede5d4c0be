import { layersStream, ordersSubject, resultsSubject } from '../names.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'

/** So many bytes of results are kept at most. */
const TRIM_BYTES = 1024 ** 2

interface TrimmingOptions {
  readonly server: Server
  readonly job: string
  readonly again: AgainOptions
}

/**
 * Has the server remove results that were taken in, and orders that another one has followed: of both there are some in each step,
 * and a checkpoint may be far. They lie among activity, in files that the server keeps while anything in them is needed: so they
 * go as often as that does.
 */
export class Trimming {
  private readonly options: TrimmingOptions
  private bytes = 0
  private isDue = false

  constructor(options: TrimmingOptions) {
    this.options = options
  }

  /** Activity goes by now. */
  soon(): void {
    this.isDue = true
  }

  /** A result was taken in, and all before it. */
  async take(bytes: number, sequence: number): Promise<void> {
    this.bytes += bytes
    if (!this.isDue && this.bytes < TRIM_BYTES) return
    this.bytes = 0
    this.isDue = false
    const { server, job, again } = this.options
    const purge = (options: { filter: string; seq: number } | { filter: string; keep: number }) =>
      untilAnswered(() => server.manager.streams.purge(layersStream(job), options), again)
    await purge({ filter: resultsSubject(job), seq: sequence })
    await purge({ filter: ordersSubject(job), keep: 1 })
  }
}
