import { sentOf, type Sent } from './sent.ts'
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream'
import type { KvEntry } from '@nats-io/kv'

/** Entries of a bucket, listed. The client's own way leaves a consumer on the server for some minutes, each time. */

export type Entry = Pick<KvEntry, 'key' | 'operation' | 'revision' | 'string'>

export interface Entries extends Pick<Sent, 'stop'> {
  /** Undefined where it was stopped. */
  readonly next: () => Promise<Entry | undefined>
}

export async function entriesOf(
  client: { readonly stream: JetStreamClient },
  bucket: string,
  key: string,
): Promise<Entries> {
  const prefix = `$KV.${bucket}.`
  const { messages, stop } = await sentOf(client, `KV_${bucket}`, `${prefix}${key}`)
  const next = async (): Promise<Entry | undefined> => {
    const { done, value: message } = await messages.next()
    if (done) return undefined
    return {
      ...{ key: message.subject.slice(prefix.length), revision: message.seq },
      operation: operationOf(message),
      string: () => message.string(),
    }
  }
  return { next, stop }
}

/** What was written has no mark; what a server has let go after its time may have another one. */
function operationOf({ headers }: Pick<JsMsg, 'headers'>): Entry['operation'] {
  if (headers?.has('Nats-Marker-Reason')) return 'PURGE'
  const mark = headers?.get('KV-Operation')
  return mark === 'DEL' || mark === 'PURGE' ? mark : 'PUT'
}
