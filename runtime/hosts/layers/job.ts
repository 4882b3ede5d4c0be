import { randomBytes } from 'node:crypto'
import { UserError } from '../../../src/base/error.ts'
import { at } from '../../../src/base/lists.ts'
import { putFile, type StoredFile } from '../files.ts'
import { untaken } from '../job.ts'
import { fileBucket, layersStream, layersSubjects, ordersSubject, PROTOCOL } from '../names.ts'
import type { LayersJob } from '../layers-job.ts'
import { unlessGone, untilAnswered, type AgainOptions } from '../passing.ts'
import { removing } from '../server.ts'
import { makeRecords, openLayers } from '../run-records.ts'
import { publishTask } from '../work.ts'
import { putBundle } from '../bundle-files.ts'
import { nameOf } from './name-of.ts'
import { ownerOf } from './owner.ts'
import { distances } from './distances.ts'
import { readsData } from './group-inputs.ts'
import type { Records } from '../records.ts'
import type { Server } from '../server.ts'
import type { Files } from '../stores.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** A training on the server: its stream, its files, a record and a task for each group. */

/** Beside activity, and for what is sent twice. */
const ROOM_BYTES = 256 * 1024 ** 2
const NANOSECONDS = 1_000_000
/** What is sent again within this time is kept once: the server remembers all that it got in it, and who reads minds nothing twice. */
const ONCE_MS = 60_000
/** How long it is tried to remove what could not be published. */
const REMOVED_MS = 5000

export interface JobOptions {
  readonly bundle: Bundle
  readonly sections: readonly Section[]
  /** Of the run. */
  readonly out: string
  readonly provider: string
  /** Steps done before, and the file of the values then. */
  readonly from: number
  readonly checkpoint: string | undefined
  readonly checkpointEvery: number
  readonly facts: Pick<LayersJob, 'seed' | 'totalSteps' | 'threads' | 'tf32' | 'data' | 'validation'>
}

export interface Job {
  readonly id: string
  /** The values that it begins with, where these are in the store. */
  readonly start: StoredFile | undefined
  /** The names of its records, a group each. */
  readonly keys: readonly string[]
  readonly records: Records<LayersJob>
  readonly store: Files
  /** Steps from one place to the next that a group can be gone on from. */
  readonly every: number
}

/**
 * Publishes a training. What an earlier one of the same folder has left, whose process was ended, is removed first.
 *
 * @throws UserError ('ServerError') where the server has no room for it
 */
export async function publishJob(server: Server, options: JobOptions, again: AgainOptions): Promise<Job> {
  const { bundle, sections, out, provider, from, checkpoint, checkpointEvery, facts } = options
  const owner = ownerOf(out)
  await makeRecords(server)
  const records = await openLayers(server, again)
  await removeEarlier(server, records, owner, again)
  const id = randomBytes(8).toString('hex')
  const keys = sections.map((_, group) => `${owner}.${id}.${group}`)
  const { every, ahead, bytes } = distances(sections, checkpointEvery)
  await addStream(server, { id, owner }, 2 * (every + ahead) * bytes + ROOM_BYTES)
  const store = await server.makeFiles(fileBucket(id))
  const place = { id, keys, records, store, every }
  try {
    const start = checkpoint === undefined ? undefined : await putFile(store, checkpoint, again)
    const begun: Omit<LayersJob, 'name' | 'group' | 'readsData'> = {
      ...{ protocol: PROTOCOL, kind: 'layers', job: id, ...facts, every },
      bundle: await putBundle(store, bundle, again),
      sizes: sections.map(({ schedule }) => schedule.length),
      ...untaken,
      values: start ?? null,
      ...{ step: from, from: 1 },
    }
    for (const [group, section] of sections.entries()) {
      const [key, name] = [at(keys, group), nameOf(section, bundle)]
      await records.create(key, { ...begun, name, group, readsData: readsData(section) })
      await publishTask(server, provider, { record: key }, { id: `${key}.0`, ...again })
    }
    return { ...place, start }
  } catch (error) {
    await removeJob(server, place, { signal: AbortSignal.timeout(REMOVED_MS) })
    throw error
  }
}

async function addStream(
  server: Server,
  { id, owner }: { readonly id: string; readonly owner: string },
  bytes: number,
): Promise<void> {
  try {
    await server.manager.streams.add({
      ...{ name: layersStream(id), subjects: [layersSubjects(id)], description: owner },
      ...{ retention: 'limits', storage: 'file', discard: 'new', max_bytes: bytes },
      duplicate_window: ONCE_MS * NANOSECONDS,
    })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new UserError(
      'ServerError',
      `the server does not keep ${Math.ceil(bytes / 1024 ** 2)} MiB of activity: ${error.message}`,
      { help: 'Give it more: max_file_store of its jetstream, or of the account; or fewer --layers-on.' },
    )
  }
}

/**
 * Removes all of a training: whoever is at one of its groups sees that its record is gone, and stops. The stream goes last: by
 * it, what is left where this is broken off is found the next time.
 */
export async function removeJob(
  { manager, removeFiles }: Server,
  { id, keys, records }: Pick<Job, 'id' | 'keys' | 'records'>,
  again: AgainOptions,
): Promise<void> {
  for (const key of keys) await records.asked(again).remove(key)
  await removeFiles(fileBucket(id), { ...removing, ...again })
  await untilAnswered(() => manager.streams.delete(layersStream(id)).catch(unlessGone), again)
}

/** What processes have left that trained in the same folder and were ended. */
async function removeEarlier(
  server: Server,
  records: Records<LayersJob>,
  owner: string,
  again: AgainOptions,
): Promise<void> {
  const left = new Map<string, string[]>()
  for (const [key, { value }] of await records.all(owner))
    left.set(value.job, [...(left.get(value.job) ?? []), key])
  for (const id of await streamsOf(server, owner, again)) left.set(id, left.get(id) ?? [])
  for (const [id, keys] of left) await removeJob(server, { id, keys, records }, again)
}

/** Jobs whose streams are marked as of an owner. */
const streamsOf = ({ manager }: Server, owner: string, again: AgainOptions): Promise<string[]> =>
  untilAnswered(async () => {
    const found: string[] = []
    for await (const { config } of manager.streams.list(ordersSubject('*')))
      if (config.description === owner) found.push(config.name.slice(layersStream('').length))
    return found
  }, again)
