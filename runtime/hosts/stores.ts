import { basename } from 'node:path'
import { z } from 'zod'
import { entriesOf, type Entries } from './entries.ts'
import { damaged } from './lost-file.ts'
import { isGone, isPassing } from './passing.ts'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { Kvm, KV } from '@nats-io/kv'
import { piecesOf, type Pieces } from './stored-pieces.ts'
import type { ObjectStore, Objm } from '@nats-io/obj'

/** Buckets and stores of a server, as its client has them, and what it takes to know that all of one was read. */

export interface BucketOptions {
  /** Milliseconds after which an entry goes that is not written again; default: never. */
  readonly expiry?: number
}

/** A bucket, of which it is known what there is. */
export interface Bucket extends Pick<KV, 'get' | 'put' | 'create' | 'update' | 'purge' | 'watch'> {
  /** Of all entries whose keys are such, with wildcards of the server's. */
  readonly keysOf: (key: string) => Promise<string[]>
  /** The same with what they say, and then those that come later. */
  readonly entries: (key: string) => Promise<Entries>
}

/** What a store says of a file: a stranger's word, as far as anybody else may write there. */
const infoSchema = z.object({
  nuid: z.string().regex(/^\w{1,64}$/),
  size: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
})
export type FileInfo = z.infer<typeof infoSchema>

/** A store of files, of which it is known whether they are whole. */
export interface Files extends Pick<ObjectStore, 'put'> {
  /** Nothing is left of it: the client's own way keeps a mark for each that was removed. */
  readonly delete: (name: string) => Promise<void>
  /** Null where it is not there, or not any more. @throws UserError ('ServerError') where what is there is no file */
  readonly info: (name: string) => Promise<FileInfo | null>
  /** Whether all pieces of a file are there: where a client was interrupted, it may have removed them again. */
  readonly isWhole: (info: FileInfo) => Promise<boolean>
  /** Undefined where some are missing. */
  readonly pieces: (info: FileInfo) => Promise<Pieces | undefined>
}

interface Opening {
  readonly stream: JetStreamClient
  readonly manager: JetStreamManager
}

/**
 * Where nothing answers, the stream that was asked may be gone: a server that is there says so, by an error of which `isGone` holds,
 * and nobody waits for what somebody has removed.
 */
const asking =
  ({ manager }: Opening, stream: string) =>
  async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      if (isPassing(error))
        await manager.streams.info(stream).catch((answer: unknown) => {
          if (isGone(answer)) throw answer
        })
      throw error
    }
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

function known(bucket: KV, opening: Opening, name: string): Bucket {
  const stream = `KV_${name}`
  const orGone = asking(opening, stream)
  return {
    get: (...given) => orGone(() => bucket.get(...given)),
    put: (...given) => orGone(() => bucket.put(...given)),
    create: (...given) => orGone(() => bucket.create(...given)),
    update: (...given) => orGone(() => bucket.update(...given)),
    purge: (...given) => orGone(() => bucket.purge(...given)),
    watch: (...given) => orGone(() => bucket.watch(...given)),
    entries: (key) => orGone(() => entriesOf(opening, name, key)),
    keysOf: async (key) => {
      const filter = { subjects_filter: `$KV.${name}.${key}` }
      const { state } = await opening.manager.streams.info(stream, filter)
      return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(`$KV.${name}.`.length))
    },
  }
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

function checkable(store: ObjectStore, opening: Opening, name: string): Files {
  const stream = `OBJ_${name}`
  const orGone = asking(opening, stream)
  const subjectOf = ({ nuid }: FileInfo) => `$O.${name}.C.${nuid}`
  const purge = (filter: string) => orGone(() => opening.manager.streams.purge(stream, { filter }))
  const info = async (file: string): Promise<FileInfo | null> => {
    const found = await orGone(() => store.info(file)).catch((error: unknown) => {
      // What is no JSON, or no object, is nothing that a client has put there.
      if (error instanceof SyntaxError || error instanceof TypeError) throw damaged(basename(file))
      throw error
    })
    if (!found || found.deleted) return null
    const read = infoSchema.safeParse({ nuid: found.nuid, size: found.size, chunks: found.chunks })
    if (read.success) return read.data
    throw damaged(basename(file))
  }
  return {
    info,
    put: (...given) => orGone(() => store.put(...given)),
    delete: async (file) => {
      const there = await info(file)
      // Where this is broken off, it is there still, and no longer whole.
      if (there) await purge(subjectOf(there))
      await purge(`$O.${name}.M.${addressed(file)}`)
    },
    isWhole: async (info) => {
      const subject = subjectOf(info)
      const { state } = await orGone(() => opening.manager.streams.info(stream, { subjects_filter: subject }))
      return (state.subjects?.[subject] ?? 0) === info.chunks
    },
    pieces: (info) => orGone(() => piecesOf(opening, stream, subjectOf(info), info)),
  }
}

/** As the client writes names of files in subjects. */
const addressed = (file: string): string =>
  Buffer.from(file).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
