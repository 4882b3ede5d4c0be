import { LEASE_MS, renewMs } from '../../../../runtime/hosts/names.ts'
import type { Held } from '../../../../runtime/hosts/records.ts'
import type { RunJob, WorkerEntry } from '../../../../runtime/hosts/run-job.ts'

/** Workers say that they are there every so often; one that is late by half of that is silent. */
const SILENT_MS = 1.5 * renewMs(LEASE_MS)

/** When workers were heard of last, by the clock of this process alone: no clock of a host is compared with another. */
export class Heard {
  private readonly last = new Map<string, { readonly revision: number; readonly at: number }>()
  private absent: ReadonlySet<string> = new Set()
  private gone: ReadonlySet<string> = new Set()

  look(
    records: ReadonlyMap<string, Held<RunJob>>,
    workers: ReadonlyMap<string, Held<WorkerEntry>>,
    now = performance.now(),
  ): void {
    for (const id of this.last.keys()) if (!workers.has(id)) this.last.delete(id)
    for (const [id, { revision }] of workers)
      if (this.last.get(id)?.revision !== revision) this.last.set(id, { revision, at: now })
    const named = [...records.values()].flatMap(({ value: { state, worker } }) =>
      state === 'running' && worker !== null && !workers.has(worker) ? [worker] : [],
    )
    // Records and workers are asked for one after the other: one that ends, or begins, in between is not gone.
    this.gone = new Set(named.filter((id) => this.absent.has(id)))
    this.absent = new Set(named)
  }

  /** Whether a worker that has a run is not there any more. */
  isGone(id: string): boolean {
    return this.gone.has(id)
  }

  /** Milliseconds for which nothing was heard of a worker that should have said something by now; else undefined. */
  silence(id: string, now = performance.now()): number | undefined {
    const at = this.last.get(id)?.at
    return at !== undefined && now - at > SILENT_MS ? now - at : undefined
  }
}
