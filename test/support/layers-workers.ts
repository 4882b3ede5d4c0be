import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getBundle } from '../../runtime/hosts/layers/bundle-files.ts'
import { trainGroup } from '../../runtime/hosts/layers/train-group.ts'
import type { Place } from '../../runtime/hosts/layers/saves.ts'
import { layersJobSchema } from '../../runtime/hosts/layers-job.ts'
import { fileBucket, RECORD_BUCKET, renewMs } from '../../runtime/hosts/names.ts'
import { Records } from '../../runtime/hosts/records.ts'
import { connectServer } from '../../runtime/hosts/server.ts'
import { WorkQueue } from '../../runtime/hosts/work.ts'

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
  const opened = open(url)
  const ended = opened.then(async ({ server, queue, records }) => {
    const left = new Promise<undefined>((resolve) => {
      leave.addEventListener('abort', () => {
        resolve(undefined)
      })
    })
    while (!leave.aborted) {
      const taken = await Promise.race([queue.next(), left])
      if (!taken) continue
      const { record: key } = taken.task
      const held = await records.get(key)
      if (!held || (held.value.state === 'running' && held.value.sequence !== taken.sequence)) {
        await taken.acknowledge()
        continue
      }
      const running = { ...held.value, state: 'running' as const, sequence: taken.sequence, worker }
      const renewing = setInterval(taken.renew, renewMs(LEASE_MS))
      const scratch = mkdtempSync(join(tmpdir(), 'hebb-group-'))
      try {
        let written = await records.write(key, held.revision, running)
        const job = written.value
        const bundle = await getBundle(await server.files(fileBucket(job.job)), job.bundle)
        const write = async (place: Place) => {
          written = await records.write(key, written.revision, { ...written.value, ...place })
        }
        const given = { server, records, key, job, write, bundle, data, scratch, place: {}, leave }
        const end = await trainGroup(given)
        if (end === 'over') await taken.acknowledge()
        if (end === 'given back') taken.giveBack()
      } catch (error) {
        told(error)
        await taken.acknowledge()
      } finally {
        clearInterval(renewing)
        rmSync(scratch, { recursive: true })
      }
    }
    await server.connection.close()
  })
  return { begun: opened, ended }
}

async function open(url: string) {
  const server = await connectServer({ url, name: 'a worker of a test' })
  const records = new Records(await server.bucket(RECORD_BUCKET), layersJobSchema)
  return { server, records, queue: await WorkQueue.open(server, { provider: 'cpu', lease: LEASE_MS }) }
}
