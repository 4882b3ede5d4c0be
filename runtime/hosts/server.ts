import { setTimeout } from 'node:timers/promises'
import { Ending } from '../workers/thread/ending.ts'
import { leaveOpen } from '../../src/base/left-open.ts'
import { credentialsOf } from './credentials.ts'
import { isRefusal, unlessGone, untilAnswered, type AgainOptions } from './passing.ts'
import { identityIn, serversOf } from '../../src/base/server-address.ts'
import { withoutCredentials } from '../../src/base/url-credentials.ts'
import { explained, orNoServer } from './server-error.ts'
import {
  makeBucket,
  makeFiles,
  openBucket,
  openFiles,
  type Bucket,
  type BucketOptions,
  type Files,
} from './stores.ts'
import type { ConnectionTold } from './connection-told.ts'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node'

/**
 * A NATS server with JetStream, over which hosts share work. Its client is loaded here, and only where somebody asks for a
 * server: who trains on one machine loads none of it.
 */

export interface ServerPlace {
  /** `nats://host:4222` or `tls://host:4222`; several of a cluster between commas. */
  readonly url: string
  /** A file of credentials, as the server's operator gives it out: read at each connection, since it may be renewed. */
  readonly creds?: string | undefined
  /** What the server's log calls this connection. */
  readonly name: string
  /** Hears of a lost connection, and of one that is there again. @param problem why credentials cannot be read */
  readonly onConnection?: ((told: ConnectionTold, problem?: string) => void) | undefined
}

export interface Server {
  /** Where it is, without credentials. */
  readonly url: string
  readonly connection: NatsConnection
  readonly stream: JetStreamClient
  readonly manager: JetStreamManager
  /** Largest message, in bytes. */
  readonly maxPayload: number
  /** Headers of a message, none yet. */
  readonly headers: () => MsgHdrs
  /** A bucket of keys and values, which may not be there yet, or not any more. */
  readonly bucket: (name: string) => Promise<Bucket>
  /** For who puts the first thing into it: makes it where there is none. */
  readonly makeBucket: (name: string, options?: BucketOptions) => Promise<Bucket>
  /** A store of files, which may be gone. */
  readonly files: (name: string) => Promise<Files>
  /** For who puts the first file into it: makes it where there is none. */
  readonly makeFiles: (name: string) => Promise<Files>
  /** Removes such a store with all that is in it, where there is one. */
  readonly removeFiles: (name: string, again?: AgainOptions) => Promise<void>
  /**
   * Waits for an answer to what was sent, until the connection is another one: what was sent over the one before may be lost.
   *
   * @throws Error ('ConnectionError') then: it may be sent again
   */
  readonly unlessBroken: <T>(answer: Promise<T>) => Promise<T>
  /** Sends what is still to be sent, and closes. */
  readonly close: () => Promise<void>
}

const FIRST_CONNECT_MS = 10_000
const RECONNECT_MS = 500
/** A store of many files may take a server longer to remove than it has for an answer. */
export const removing = { patience: 60_000 }
const LAST_WORDS_MS = 2000

/**
 * @throws UserError ('ServerError') where no server is there, it has no JetStream, or does not let us in; ('FileError')
 *   where the credentials cannot be read
 */
export async function connectServer({ url, creds, name, onConnection }: ServerPlace): Promise<Server> {
  const { connect, credsAuthenticator, headers, jetstream, jetstreamManager, Kvm, Objm, setSha256Backend } =
    await import('./nats.ts')
  // Its own, for browsers, takes ten times as long for all that is stored and fetched.
  setSha256Backend('native')
  const servers = serversOf(url)
  const authenticator =
    creds === undefined
      ? undefined
      : credentialsOf(creds, credsAuthenticator, (problem) => onConnection?.('unread', problem))
  const connection = await orNoServer(url, () =>
    connect({
      servers: servers.map(({ place }) => place),
      ...identityIn(servers),
      // Whoever writes tls:// means it.
      ...(servers.some(({ isSecure }) => isSecure) ? { tls: {} } : {}),
      name,
      timeout: FIRST_CONNECT_MS,
      // A server that comes again, whenever that is, is found again.
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      // One that refuses us for a time, too: the client would close for good, and all that asks wait for ever.
      ignoreAuthErrorAbort: true,
      ...(authenticator ? { authenticator } : {}),
    }).catch(leave),
  )
  let broken = new Ending<never>()
  void hear(connection, (told) => {
    onConnection?.(told)
    if (told !== 'restored') return
    const error = new Error('the connection to the server was broken before it answered')
    broken.reject(Object.assign(error, { name: 'ConnectionError' }))
    broken = new Ending()
  })
  try {
    return await explained(url, async () => {
      const stream = jetstream(connection)
      const manager = await jetstreamManager(connection)
      const maxPayload = connection.info?.max_payload
      if (maxPayload === undefined) throw new Error('the server has not said what it is')
      return {
        ...{ url: withoutCredentials(url), connection, stream, manager, maxPayload, headers },
        bucket: (bucket) => explained(url, () => openBucket({ Kvm, stream, manager }, bucket)),
        makeBucket: (bucket, options) =>
          explained(url, () => makeBucket({ Kvm, stream, manager }, bucket, options)),
        files: (bucket) => explained(url, () => openFiles({ Objm, stream, manager }, bucket)),
        makeFiles: (bucket) => explained(url, () => makeFiles({ Objm, stream, manager }, bucket)),
        removeFiles: (bucket, again = removing) =>
          explained(url, () =>
            untilAnswered(async () => {
              const store = await new Objm(stream).open(bucket, false)
              await store.destroy().catch(unlessGone)
            }, again),
          ),
        unlessBroken: (answer) => broken.race(answer),
        close: () => closed(connection),
      }
    })
  } catch (error) {
    await connection.close()
    throw error
  }
}

/**
 * What did not become a connection the client leaves open, and with it the process, where somebody answers who is no
 * server.
 */
function leave(error: unknown): never {
  leaveOpen()
  throw error
}

/** A server that is away hears nothing more of us. */
async function closed(connection: NatsConnection): Promise<void> {
  const drained = connection.drain().catch(() => undefined)
  await Promise.race([drained, setTimeout(LAST_WORDS_MS, undefined, { ref: false })])
  await connection.close()
}

async function hear(connection: NatsConnection, onConnection: (told: ConnectionTold) => void): Promise<void> {
  let last: ConnectionTold | undefined
  const tell = (told: ConnectionTold) => {
    if (told !== last) onConnection(told)
    last = told
  }
  for await (const status of connection.status()) {
    // Each try to come in again that is refused is a connection lost, too.
    if (status.type === 'disconnect' && last !== 'refused') tell('lost')
    if (status.type === 'error' && isRefusal(status.error)) tell('refused')
    if (status.type === 'reconnect') tell('restored')
  }
}
