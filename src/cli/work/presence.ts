import { hostname } from 'node:os'
import { randomBytes } from 'node:crypto'
import { LEASE_MS, PROTOCOL, renewMs, WORKER_BUCKET } from '../../../runtime/hosts/names.ts'
import { isGone, isPassing } from '../../../runtime/hosts/passing.ts'
import { makeWorkers } from '../../../runtime/hosts/run-records.ts'
import { UserError } from '../../base/error.ts'
import { printable } from '../../base/printable.ts'
import { version } from '../../base/version.ts'
import { standing } from '../sweep/standing.ts'
import { Lacking } from './lacking.ts'
import { problemOf } from './why.ts'
import type { WorkerEntry } from '../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../runtime/hosts/server.ts'
import type { Bucket } from '../../../runtime/hosts/stores.ts'

/** What is shown of a worker while it is there. */

/** As keys on the server may be. */
export const newWorkerId = (): string =>
  `${hostname().replace(/[^\w-]/g, '-')}-${process.pid}-${randomBytes(3).toString('hex')}`

export class Presence {
  private readonly server: Server
  private bucket: Bucket
  private readonly id: string
  private readonly provider: string
  private readonly timer: NodeJS.Timeout
  private readonly runs = new Map<string, string>()
  private readonly lacking = new Lacking()

  private readonly say: (line: string) => void
  /** Why it could not be said that it is there, as it was told. */
  private told = ''

  private constructor(
    server: Server,
    bucket: Bucket,
    {
      id,
      provider,
      say,
    }: { readonly id: string; readonly provider: string; readonly say: (line: string) => void },
  ) {
    this.say = say
    this.server = server
    this.bucket = bucket
    this.id = id
    this.provider = provider
    this.timer = setInterval(() => void this.tryPut(), renewMs(LEASE_MS))
  }

  /** @param say hears what is worth a warning */
  static async open(
    server: Server,
    id: string,
    provider: string,
    say: (line: string) => void,
  ): Promise<Presence> {
    const presence = new Presence(server, await makeWorkers(server), { id, provider, say })
    try {
      await presence.put()
      return presence
    } catch (error) {
      if (isPassing(error)) return presence
      clearInterval(presence.timer)
      throw error
    }
  }

  /** @param folder where the run is made, which tells how far it is */
  begin(record: string, folder: string): void {
    this.runs.set(record, folder)
    void this.tryPut()
  }

  end(record: string): void {
    this.runs.delete(record)
    void this.tryPut()
  }

  /** Says that a data set is not here; whether that was not known yet. */
  lack(name: string): boolean {
    const isNew = this.lacking.add(name)
    if (isNew) void this.tryPut()
    return isNew
  }

  has(name: string): void {
    this.lacking.remove(name)
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    await this.bucket.purge(this.id).catch(passOver)
  }

  private async put(): Promise<void> {
    const entry: WorkerEntry = {
      ...{ protocol: PROTOCOL, host: printable(hostname()), pid: process.pid, version },
      provider: this.provider,
      at: [...this.runs].map(([record, folder]) => ({ record, ...standingOf(folder) })),
      lacks: this.lacking.last,
    }
    await this.bucket.put(this.id, JSON.stringify(entry))
  }

  /** Nobody waits for it, and the next one comes soon. */
  private async tryPut(): Promise<void> {
    try {
      await this.put().catch(async (error: unknown) => {
        if (!isGone(error)) throw error
        this.tell(`the list of workers (${WORKER_BUCKET}) is not on the server any more: it is made again`)
        this.bucket = await makeWorkers(this.server)
        await this.put()
      })
      this.told = ''
    } catch (error) {
      if (!isPassing(error))
        this.tell(`this worker cannot say on the server that it is there: ${problemOf(error)}`)
    }
  }

  private tell(line: string): void {
    if (line !== this.told) this.say(line)
    this.told = line
  }
}

/** An entry goes by itself. */
function passOver(error: unknown): void {
  if (!isPassing(error) && !isGone(error)) throw error
}

function standingOf(folder: string): ReturnType<typeof standing> {
  try {
    return standing(folder)
  } catch (error) {
    // It has just gone.
    if (error instanceof UserError) return { step: 0, steps: 1 }
    throw error
  }
}
