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

/** Made where there is none. */
export async function openBucket(
  { Kvm: Buckets, stream, manager }: Opening & { readonly Kvm: typeof Kvm },
  name: string,
  { expiry }: BucketOptions = {},
): Promise<Bucket> {
  const bucket = await new Buckets(stream).create(name, expiry === undefined ? {} : { ttl: expiry })
  const keysOf = async (key: string) => {
    const filter = { subjects_filter: `$KV.${name}.${key}` }
    const { state } = await manager.streams.info(`KV_${name}`, filter)
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(`$KV.${name}.`.length))
  }
  return Object.assign(bucket, { keysOf })
}

/** Made where there is none. */
export async function openFiles(
  { Objm: Stores, stream, manager }: Opening & { readonly Objm: typeof Objm },
  name: string,
): Promise<Files> {
  const store = await new Stores(stream).create(name)
  const isWhole = async ({ nuid, chunks }: ObjectInfo) => {
    const subject = `$O.${name}.C.${nuid}`
    const { state } = await manager.streams.info(`OBJ_${name}`, { subjects_filter: subject })
    return (state.subjects?.[subject] ?? 0) === chunks
  }
  return Object.assign(store, { isWhole })
}
