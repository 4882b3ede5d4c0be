import { sentOf, type Sent } from './sent.ts'
import type { JetStreamClient } from '@nats-io/jetstream'

/** Files of a server's store, piece by piece. */

/** The pieces of a file on their way. */
export interface Pieces extends Pick<Sent, 'stop'> {
  readonly data: AsyncIterator<Uint8Array, void>
}

/** The server says how many there are when it is asked to send them. */
export async function piecesOf(
  client: { readonly stream: JetStreamClient },
  stream: string,
  subject: string,
  { chunks }: { readonly chunks: number },
): Promise<Pieces | undefined> {
  if (chunks === 0) return { data: none(), stop: () => undefined }
  const sent = await sentOf(client, stream, subject)
  if (sent.there === chunks) return { data: first(sent, chunks), stop: sent.stop }
  sent.stop()
  return undefined
}

async function* none(): AsyncGenerator<Uint8Array, void> {
  // Of a file without bytes nothing comes.
}

async function* first({ messages, end }: Sent, chunks: number): AsyncGenerator<Uint8Array, void> {
  for (let done = 1; done <= chunks; done++) {
    const next = await messages.next()
    if (next.done) return
    // Before the last piece is used: nothing more is to come.
    if (done === chunks) end()
    yield next.value.data
  }
}
