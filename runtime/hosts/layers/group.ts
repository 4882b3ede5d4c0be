import { UserError } from '../../../src/base/error.ts'
import { at } from '../../../src/base/lists.ts'
import { divideImages } from '../../train/set-aside.ts'
import { openTrainingData } from '../../train/training-data.ts'
import { startParts, type Parts } from '../../workers/parts/parts.ts'
import { inParts } from '../../workers/pipeline/section-parts.ts'
import { activityFor, fileBucket } from '../names.ts'
import { Assembly } from './assembly.ts'
import { farthest } from './distances.ts'
import { crossingsOf, type Crossing } from './crossing.ts'
import { Following } from './follow.ts'
import { openInputs, readsData, type GroupInputs } from './group-inputs.ts'
import { Outgoing } from './outgoing.ts'
import { Publisher } from './publisher.ts'
import { GroupSaves, openValues, type Place } from './saves.ts'
import type { LayersJob } from '../layers-job.ts'
import type { AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'
import type { SessionOptions } from '../../session/options.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** A group of layers as one host trains it: what it is made of. */

export interface GroupOptions {
  readonly server: Server
  /** Its record, which somebody has taken for us, and how it is written. */
  readonly job: LayersJob
  readonly write: (place: Place) => Promise<void>
  readonly bundle: Bundle
  /** Where its images are, where it needs any. */
  readonly data: string | undefined
  /** A folder of our own. */
  readonly scratch: string
  readonly place: Pick<SessionOptions, 'provider' | 'device'>
  readonly again: AgainOptions & { readonly signal: AbortSignal }
  readonly isWanted: (step: number) => boolean
}

export interface Group {
  readonly job: LayersJob
  readonly host: string
  readonly parts: Parts
  readonly inputs: GroupInputs
  readonly assembly: Assembly
  readonly outgoing: Outgoing
  readonly publisher: Publisher
  readonly saves: GroupSaves
  /** Reads activity; undefined where the group reads none. */
  readonly following: Following | undefined
  readonly release: () => Promise<void>
}

/** What is opened one after the other, and released in turn, whatever goes wrong. */
class Opened {
  private readonly all: (() => Promise<void>)[] = []

  async with<T>(opened: Promise<T>, release: (value: T) => Promise<void>): Promise<T> {
    const value = await opened
    this.all.push(() => release(value))
    return value
  }

  async release(): Promise<void> {
    for (const release of this.all.splice(0).toReversed()) await release()
  }
}

/** @throws UserError where the group cannot be trained here: no bundle, other images, no provider */
export async function openGroup(options: GroupOptions): Promise<Group> {
  const opened = new Opened()
  try {
    return await openWith(options, opened)
  } catch (error) {
    await opened.release()
    throw error
  }
}

async function openWith(options: GroupOptions, opened: Opened): Promise<Group> {
  const { server, job, bundle, write, scratch, place, again, isWanted } = options
  const host = job.worker ?? 'an unknown host'
  const store = await server.files(fileBucket(job.job))
  const sections = inParts(bundle.manifest.train, job.sizes)
  const section = at(sections, job.group)
  const crossings = crossingsOf(sections)
  const publisher = new Publisher(server, again)
  const outgoing = new Outgoing({
    ...{ publisher, job: job.job, group: job.group, maxPayload: server.maxPayload },
    ...{ bundle: bundle.digest, host, readers: readersOf(crossings, job.group) },
  })
  const session = { ...place, threads: job.threads, ...(place.provider === 'cuda' ? { tf32: job.tf32 } : {}) }
  const dataset = readsData(section) ? await datasetOf(options) : undefined
  const { seed, totalSteps } = job
  const source = { bundle, section, dataset, seed, totalSteps, prepareAhead: 2, ...session }
  const inputs = await opened.with(openInputs(source), (each) => each.release())
  const parts = await opened.with(startPart(store, { section, session, options, outgoing }), (each) =>
    each.stop(),
  )
  const own = at(crossings, job.group)
  const reach = { totalSteps, farthest: farthest(sections, job.every) }
  const known = { bundle: bundle.digest, crossings: own, ...reach }
  const assembly = new Assembly(known, { next: job.step, from: job.from })
  const reading = { job: job.job, subject: activityFor(job.job, job.group), from: job.from, ...again }
  const open = () =>
    Following.open(server, reading, async (message) => {
      assembly.take((name) => message.headers?.get(name) ?? '', message.data, message.seq)
      await assembly.room()
    })
  const following = own.length === 0 ? undefined : await opened.with(open(), (each) => each.stop())
  const saves = new GroupSaves({
    ...{ server, store, job, write, scratch, publisher, assembly, again, host, isWanted },
  })
  return {
    ...{ job, host, parts, inputs, assembly, outgoing, publisher, saves, following },
    release: () => opened.release(),
  }
}

interface PartOptions {
  readonly section: Section
  readonly session: SessionOptions
  readonly options: GroupOptions
  readonly outgoing: Outgoing
}

/** The thread that runs the group's graphs; this one reads and sends meanwhile. */
async function startPart(
  store: Parameters<typeof openValues>[0],
  { section, session, options, outgoing }: PartOptions,
): Promise<Parts> {
  const { job, bundle } = options
  const found = await openValues(store, job, options.scratch, options.again)
  try {
    return await startParts(bundle, {
      parts: [{ who: `the worker of ${job.name}`, section, session }],
      start: { seed: job.seed, checkpoint: found?.checkpoint },
      passed: (order) => {
        outgoing.pass(order)
      },
    })
  } finally {
    found?.close()
  }
}

/** What others read of a group's activity, by their group. */
const readersOf = (
  crossings: readonly (readonly Crossing[])[],
  group: number,
): ReadonlyMap<number, string[]> =>
  new Map(
    crossings.flatMap((read, reader) => {
      const names = read.flatMap(({ name, from }) => (from === group ? [name] : []))
      return names.length === 0 ? [] : [[reader, names] as const]
    }),
  )

/** @throws UserError ('DataError') where the images are not those of the training */
async function datasetOf({ data, again, bundle, job }: GroupOptions) {
  const refuse = (problem: string) =>
    new UserError('DataError', problem, { help: 'Give the folder that holds it: hebb work --data ROOT' })
  if (data === undefined) throw refuse(`${job.name} needs the data set '${job.data.name}'`)
  const { dataset, record } = await openTrainingData(data, bundle, {
    split: job.data.split,
    onNotice: () => undefined,
    signal: again.signal,
  })
  if (record.images !== job.data.images)
    throw refuse(`${data} does not hold the images of '${job.data.name}' that are trained on`)
  return divideImages(dataset, { validation: job.validation ?? undefined, seed: job.seed }).dataset
}
