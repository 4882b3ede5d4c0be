/** The client of a NATS server, as much of it as is used: who wants it imports this when it is wanted. */
import { gatherAtOnce } from './gathering.ts'

export { jetstream, jetstreamManager } from '@nats-io/jetstream'
export { Kvm } from '@nats-io/kv'
export { Objm, setSha256Backend } from '@nats-io/obj'
export { connect, credsAuthenticator, headers } from '@nats-io/transport-node'

gatherAtOnce()
