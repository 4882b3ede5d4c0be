import type { Kvm, KV } from '@nats-io/kv'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { ObjectInfo, ObjectStore, Objm } from '@nats-io/obj'

/** Buckets and stores of a server, as its client has them, and what it takes to know that all of one was read. */

export interface BucketOptions {
  /** Milliseconds after which an entry goes that is not written again; default: never. */
  readonly expiry?: number
}

/** A bucket, of which it is known what there is. */
export interface Bucket extends KV {
  /** Of all entries whose keys are such, with wildcards of the server's. */
  readonly keysOf: (key: string) => Promise<string[]>
}

/** A store of files, of which it is known whether they are whole. */
export interface Files extends ObjectStore {
  /** Whether all pieces of a file are there: where a client was interrupted, it may have removed them again. */
  readonly isWhole: (info: ObjectInfo) => Promise<boolean>
}

interface Opening {
  readonly stream: JetStreamClient
  readonly manager: JetStreamManager
}

interface OpeningBuckets extends Opening {
  readonly Kvm: typeof Kvm
}

/** One that may not be there yet, or not any more. */
export const openBucket = async (opening: OpeningBuckets, name: string): Promise<Bucket> =>
  known(await new opening.Kvm(opening.stream).open(name), opening, name)

/** Made where there is none. */
export const makeBucket = async (
  opening: OpeningBuckets,
  name: string,
  { expiry }: BucketOptions = {},
): Promise<Bucket> => {
  const settings = expiry === undefined ? {} : { ttl: expiry }
  return known(await new opening.Kvm(opening.stream).create(name, settings), opening, name)
}

function known(bucket: KV, { manager }: Opening, name: string): Bucket {
  const keysOf = async (key: string) => {
    const filter = { subjects_filter: `$KV.${name}.${key}` }
    const { state } = await manager.streams.info(`KV_${name}`, filter)
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(`$KV.${name}.`.length))
  }
  return Object.assign(bucket, { keysOf })
}

interface OpeningFiles extends Opening {
  readonly Objm: typeof Objm
}

/** One that may be gone. */
export const openFiles = async (opening: OpeningFiles, name: string): Promise<Files> =>
  checkable(await new opening.Objm(opening.stream).open(name, false), opening, name)

/** Made where there is none. */
export const makeFiles = async (opening: OpeningFiles, name: string): Promise<Files> =>
  checkable(await new opening.Objm(opening.stream).create(name), opening, name)

function checkable(store: ObjectStore, { manager }: Opening, name: string): Files {
  const isWhole = async ({ nuid, chunks }: ObjectInfo) => {
    const subject = `$O.${name}.C.${nuid}`
    const { state } = await manager.streams.info(`OBJ_${name}`, { subjects_filter: subject })
    return (state.subjects?.[subject] ?? 0) === chunks
  }
  return Object.assign(store, { isWhole })
}
