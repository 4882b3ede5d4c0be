import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { UserError } from '../../../src/base/error.ts'
import { at } from '../../../src/base/lists.ts'
import { folderMark } from '../../../src/base/file-kind.ts'
import { putFile } from '../files.ts'
import { untaken } from '../job.ts'
import { fileBucket, layersStream, layersSubjects, PROTOCOL } from '../names.ts'
import type { LayersJob } from '../layers-job.ts'
import { unlessGone, untilAnswered, type AgainOptions } from '../passing.ts'
import { makeRecords, openLayers } from '../run-records.ts'
import { publishTask } from '../work.ts'
import { putBundle } from '../bundle-files.ts'
import { bytesAStep, crossingsOf } from './crossing.ts'
import { readsData } from './group-inputs.ts'
import type { Records } from '../records.ts'
import type { Server } from '../server.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { ObjectStore } from '@nats-io/obj'

/** A training on the server: its stream, its files, a record and a task for each group. */

/** Bytes of activity that are kept for groups that have to do some steps again, and steps that these are at most. */
const KEPT_BYTES = 1024 ** 3
/** Beside activity, and for what is sent twice. */
const ROOM_BYTES = 256 * 1024 ** 2
const NANOSECONDS = 1_000_000
/** What is sent again within this time is kept once. */
const ONCE_MS = 10 * 60_000

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
  /** The names of its records, a group each. */
  readonly keys: readonly string[]
  readonly records: Records<LayersJob>
  readonly store: ObjectStore
}

/** Steps that groups may be ahead of the slowest one, and from one place to the next that a group can be gone on from. */
export function distances(
  sections: readonly Section[],
  checkpointEvery: number,
): { readonly ahead: number; readonly every: number; readonly bytes: number } {
  const bytes = crossingsOf(sections).reduce((sum, read) => sum + bytesAStep(read), 0)
  const fits = Math.max(1, Math.floor(KEPT_BYTES / Math.max(1, bytes)))
  const ahead = Math.min(4 * sections.length, Math.max(sections.length + 1, fits))
  return { ahead, every: Math.min(checkpointEvery, fits), bytes }
}

/** Tells a run's folder from all others, and is the same each time that somebody trains in it. */
const ownerOf = (out: string): string =>
  createHash('sha256')
    .update(JSON.stringify([hostname(), folderMark(out)]))
    .digest('hex')
    .slice(0, 16)

/**
 * Publishes a training. What an earlier one of the same folder has left, whose process was ended, is removed first.
 *
 * @throws UserError ('ServerError') where the server has no room for it
 */
export async function publishJob(server: Server, options: JobOptions, again: AgainOptions): Promise<Job> {
  const { bundle, sections, out, provider, from, checkpoint, checkpointEvery, facts } = options
  const owner = `layers-${ownerOf(out)}`
  await makeRecords(server)
  const records = await openLayers(server, again)
  await removeEarlier(server, records, owner, again)
  const id = randomBytes(8).toString('hex')
  const keys = sections.map((_, group) => `${owner}.${id}.${group}`)
  const { every, ahead, bytes } = distances(sections, checkpointEvery)
  await addStream(server, id, 2 * (every + ahead) * bytes + ROOM_BYTES)
  const store = await server.makeFiles(fileBucket(id))
  const job = { id, keys, records, store }
  try {
    const begun: Omit<LayersJob, 'name' | 'group' | 'readsData'> = {
      ...{ protocol: PROTOCOL, kind: 'layers', job: id, ...facts, every },
      bundle: await putBundle(store, bundle, again),
      sizes: sections.map(({ schedule }) => schedule.length),
      ...untaken,
      values: checkpoint === undefined ? null : await putFile(store, checkpoint, again),
      ...{ step: from, from: 1 },
    }
    for (const [group, section] of sections.entries()) {
      const [key, name] = [at(keys, group), nameOf(section, bundle)]
      await records.create(key, { ...begun, name, group, readsData: readsData(section) })
      await publishTask(server, provider, { record: key }, { id: `${key}.0`, ...again })
    }
    return job
  } catch (error) {
    await removeJob(server, job, again)
    throw error
  }
}

/** `conv1 to conv3 of mine`. */
function nameOf({ schedule }: Section, { manifest: { program } }: Bundle): string {
  const graphs = schedule.map(({ graph }) => graph)
  const layers = program.layers.map(({ name }) => name).filter((name) => graphs.includes(name))
  const named = layers.length > 0 ? layers : graphs
  const [first, last] = [at(named, 0), at(named, named.length - 1)]
  return `${first === last ? first : `${first} to ${last}`} of ${program.name}`
}

async function addStream(server: Server, id: string, bytes: number): Promise<void> {
  try {
    await server.manager.streams.add({
      ...{ name: layersStream(id), subjects: [layersSubjects(id)] },
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

/** Removes all of a training: whoever is at one of its groups sees it, and stops. */
export async function removeJob(
  { manager, removeFiles }: Server,
  { id, keys, records }: Pick<Job, 'id' | 'keys' | 'records'>,
  again: AgainOptions,
): Promise<void> {
  for (const key of keys) await records.remove(key)
  await untilAnswered(() => manager.streams.delete(layersStream(id)).catch(unlessGone), again)
  await untilAnswered(() => removeFiles(fileBucket(id)), again)
}

async function removeEarlier(
  server: Server,
  records: Records<LayersJob>,
  owner: string,
  again: AgainOptions,
) {
  const earlier = await records.all(owner)
  for (const [key, { value }] of earlier)
    await removeJob(server, { id: value.job, keys: [key], records }, again)
}
