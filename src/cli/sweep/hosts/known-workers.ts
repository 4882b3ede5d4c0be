import { LEASE_MS, renewMs, WORKER_BUCKET } from '../../../../runtime/hosts/names.ts'
import type { Held, Records } from '../../../../runtime/hosts/records.ts'
import type { WorkerEntry } from '../../../../runtime/hosts/run-job.ts'

type Workers = ReadonlyMap<string, Held<WorkerEntry>>

/** Within this time after their list was removed, each worker has said once more that it is there. */
const GRACE_MS = 2 * renewMs(LEASE_MS)

/** Which workers are there, by their own list. Where somebody removes that, no worker is gone that has had no time to say so. */
export class KnownWorkers {
  private readonly workers: Records<WorkerEntry>
  private readonly tell: (line: string) => void
  private last: Workers = new Map()
  private goneSince = -Infinity
  private isTold = false

  constructor(workers: Records<WorkerEntry>, tell: (line: string) => void) {
    this.workers = workers
    this.tell = tell
  }

  async look(now = performance.now()): Promise<Workers> {
    // Of workers of another version nothing is shown.
    const there = await this.workers.all(undefined, () => undefined)
    if (there.size > 0) this.isTold = false
    else if (this.last.size > 0 && !this.isTold && !(await this.workers.isThere())) {
      this.goneSince = now
      this.isTold = true
      this.tell(
        `the list of workers (${WORKER_BUCKET}) is not on the server any more: somebody has removed it; workers put themselves down again`,
      )
    }
    this.last = now - this.goneSince < GRACE_MS ? new Map([...this.last, ...there]) : there
    return this.last
  }
}
