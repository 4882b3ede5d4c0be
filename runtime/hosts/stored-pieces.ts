import type { ConsumerMessages, JetStreamClient } from '@nats-io/jetstream'

/** Files of a server's store, piece by piece. */

/** The pieces of a file on their way. */
export interface Pieces {
  readonly data: AsyncIterator<Uint8Array, void>
  /** However far they were used, or not at all: the server sends no further ones, and what has come of them goes. */
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
  let messages: ConsumerMessages | undefined
  const end = () => {
    messages?.stop()
    forget()
  }
  const data = first(async () => (messages = await consumer.consume()), chunks, end)
  const stop = () => {
    end()
    // The client lets go of what waits only where somebody goes through it to its end, or leaves it.
    void data.return().catch(() => undefined)
  }
  return { data, stop }
}

async function* none(): AsyncGenerator<Uint8Array, void> {
  // Of a file without bytes nothing comes.
}

/** Nothing is sent before the first one is asked for. */
async function* first(
  begin: () => Promise<ConsumerMessages>,
  chunks: number,
  end: () => void,
): AsyncGenerator<Uint8Array, void> {
  let done = 0
  for await (const { data } of await begin()) {
    // Before the last piece is used: nothing more is to come.
    if (++done === chunks) end()
    yield data
    if (done === chunks) return
  }
}
