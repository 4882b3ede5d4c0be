import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getBundle } from '../../runtime/hosts/restore.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { trainGroup } from '../../runtime/hosts/layers/train-group.ts'
import type { Place } from '../../runtime/hosts/layers/saves.ts'
import { layersJobSchema, type LayersJob } from '../../runtime/hosts/layers-job.ts'
import { fileBucket, RECORD_BUCKET, renewMs } from '../../runtime/hosts/names.ts'
import { Records, type Held } from '../../runtime/hosts/records.ts'
import { connectServer, type Server } from '../../runtime/hosts/server.ts'
import { WorkQueue, type Taken } from '../../runtime/hosts/work.ts'

/** Workers of a server within this process, which take one group of layers after the other. */
export interface LayersWorkers {
  /** Has them end at a place that can be gone on from. */
  readonly stop: () => Promise<void>
}

const LEASE_MS = 5000

/** @param data where the images are @param told hears what a group failed with */
export async function startWorkers(
  url: string,
  data: string,
  count: number,
  told: (error: unknown) => void = () => undefined,
): Promise<LayersWorkers> {
  const leave = new AbortController()
  const working = Array.from({ length: count }, (_, i) => work(url, data, `host-${i}`, leave.signal, told))
  await Promise.all(working.map(({ begun }) => begun))
  return {
    stop: async () => {
      leave.abort()
      await Promise.all(working.map(({ ended }) => ended))
    },
  }
}

function work(
  url: string,
  data: string,
  worker: string,
  leave: AbortSignal,
  told: (error: unknown) => void,
): { readonly begun: Promise<unknown>; readonly ended: Promise<void> } {
  const begun = Tester.open(url, data, worker, leave)
  const ended = begun.then(async (tester) => {
    while (!leave.aborted)
      try {
        await tester.takeOne()
      } catch (error) {
        told(error)
      }
    await tester.server.connection.close()
  })
  return { begun, ended }
}

interface TesterOptions {
  readonly data: string
  readonly worker: string
  readonly leave: AbortSignal
}

class Tester {
  readonly server: Server
  private readonly queue: WorkQueue
  private readonly records: Records<LayersJob>
  private readonly given: TesterOptions

  private constructor(server: Server, queue: WorkQueue, records: Records<LayersJob>, given: TesterOptions) {
    this.server = server
    this.queue = queue
    this.records = records
    this.given = given
  }

  static async open(url: string, data: string, worker: string, leave: AbortSignal): Promise<Tester> {
    const server = await connectServer({ url, name: 'a worker of a test' })
    const records = new Records(await server.bucket(RECORD_BUCKET), layersJobSchema)
    const queue = await WorkQueue.open(server, { provider: 'cpu', lease: LEASE_MS, signal: leave })
    return new Tester(server, queue, records, { data, worker, leave })
  }

  async takeOne(): Promise<void> {
    const taken = await this.queue.next()
    if (!taken) return
    const held = await this.records.get(taken.task.record)
    const isOthers = held?.value.state === 'running' && held.value.sequence !== taken.sequence
    if (held && !isOthers) await this.train(taken, held)
    else await taken.acknowledge()
  }

  private async train(taken: Taken, held: Held<LayersJob>): Promise<void> {
    const { records, server } = this
    const { data, worker, leave } = this.given
    const key = taken.task.record
    const renewing = setInterval(taken.renew, renewMs(LEASE_MS))
    const scratch = mkdtempSync(join(tmpdir(), 'hebb-group-'))
    try {
      const running = { state: 'running' as const, sequence: taken.sequence, worker }
      let written = await records.write(key, held.revision, { ...held.value, ...running })
      const job = written.value
      const write = async (place: Place) => {
        written = await records.write(key, written.revision, { ...written.value, ...place })
      }
      const folder = join(scratch, 'bundle')
      await getBundle(await server.files(fileBucket(job.job)), job.bundle, folder)
      const bundle = loadBundle(folder)
      const given = { server, records, key, job, write, bundle, data, scratch, place: {}, leave }
      const end = await trainGroup(given).catch(async (error: unknown) => {
        // Nobody is to try it again.
        await taken.acknowledge()
        throw error
      })
      if (end === 'over') await taken.acknowledge()
      if (end === 'given back') taken.giveBack()
    } finally {
      clearInterval(renewing)
      rmSync(scratch, { recursive: true })
    }
  }
}
