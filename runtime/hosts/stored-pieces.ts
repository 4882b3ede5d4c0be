import type { JetStreamClient } from '@nats-io/jetstream'

/** Files of a server's store, piece by piece. */

/** The pieces of a file on their way. */
export interface Pieces {
  readonly data: AsyncIterator<Uint8Array, void>
  /** The server sends no further ones. */
  readonly stop: () => void
}

/** The server says how many there are when it is asked to send them. */
export async function piecesOf(
  { stream: client }: { readonly stream: JetStreamClient },
  stream: string,
  subject: string,
  { chunks }: { readonly chunks: number },
): Promise<Pieces | undefined> {
  if (chunks === 0) return { data: none(), stop: () => undefined }
  const consumer = await client.consumers.getPushConsumer(stream, { filter_subjects: subject })
  const { num_pending: there } = await consumer.info(true)
  // Otherwise it would be remembered there for some minutes more.
  const forget = () => void consumer.delete().catch(() => undefined)
  if (there !== chunks) {
    forget()
    return undefined
  }
  const messages = await consumer.consume()
  const stop = () => {
    messages.stop()
    forget()
  }
  return { data: first(messages, chunks, stop), stop }
}

async function* none(): AsyncGenerator<Uint8Array, void> {
  // Of a file without bytes nothing comes.
}

async function* first(
  messages: AsyncIterable<{ readonly data: Uint8Array }>,
  chunks: number,
  stop: () => void,
): AsyncGenerator<Uint8Array, void> {
  let done = 0
  for await (const { data } of messages) {
    // Before the last piece is used: nothing more is to come.
    if (++done === chunks) stop()
    yield data
    if (done === chunks) return
  }
}
