import type { ConsumerMessages, JetStreamClient, JsMsg } from '@nats-io/jetstream'

/** What a stream holds, as its server sends it: of who has asked for it, nothing stays there. */

export interface Sent {
  /** How many there were as they were asked for. */
  readonly there: number
  /** In their order, and then those that come later. Nothing is sent before the first one is asked for. */
  readonly messages: AsyncIterator<JsMsg, void>
  /** The server sends no further ones … */
  readonly end: () => void
  /** … and what has come of them goes, however far they were used, or not at all. */
  readonly stop: () => void
}

export async function sentOf(
  { stream: client }: { readonly stream: JetStreamClient },
  stream: string,
  subject: string,
): Promise<Sent> {
  const consumer = await client.consumers.getPushConsumer(stream, { filter_subjects: subject })
  const { num_pending: there } = await consumer.info(true)
  let begun: ConsumerMessages | undefined
  const messages = comingFrom(async () => (begun = await consumer.consume()))
  let isEnded = false
  const end = () => {
    begun?.stop()
    // Otherwise it would be remembered there for some minutes more.
    if (!isEnded) void consumer.delete().catch(() => undefined)
    isEnded = true
  }
  const stop = () => {
    end()
    // The client lets go of what waits only where somebody goes through it to its end, or leaves it.
    void messages.return().catch(() => undefined)
  }
  return { there, messages, end, stop }
}

async function* comingFrom(begin: () => Promise<ConsumerMessages>): AsyncGenerator<JsMsg, void> {
  yield* await begin()
}
