import { untilAnswered, type AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'

/** Something to be kept in a stream. */
export interface Message {
  readonly subject: string
  readonly data: Uint8Array | string
  readonly headers?: Readonly<Record<string, string>>
  /** The same within the stream's window is kept once. */
  readonly id?: string
}

/** Of a message on its way. */
export interface Sent {
  /** Whether it is kept, once that is known; until then its bytes are read. */
  readonly kept: Promise<boolean>
}

/** Bytes that may be on their way to the server at once. */
const UNDER_WAY = 16 * 1024 * 1024
/** What is not acknowledged by then is sent again. */
const ANSWER_MS = 10_000

/** Publishes one message after the other without waiting for each; what the server does not take is sent again until it does. */
export class Publisher {
  private readonly server: Server
  private readonly again: AgainOptions
  private readonly pending = new Set<Promise<boolean>>()
  private bytes = 0
  private failure: { readonly error: unknown } | undefined

  constructor(server: Server, again: AgainOptions) {
    this.server = server
    this.again = again
  }

  /** Waits while as much is under way as may be. @throws what went wrong with an earlier one */
  async send(message: Message): Promise<Sent> {
    while (this.bytes >= UNDER_WAY) await Promise.race(this.pending)
    this.check()
    const { length } = message.data
    this.bytes += length
    const kept: Promise<boolean> = this.keep(message)
      .then(
        () => true,
        (error: unknown) => {
          this.failure ??= { error }
          return false
        },
      )
      .finally(() => {
        this.bytes -= length
        this.pending.delete(kept)
      })
    this.pending.add(kept)
    return { kept }
  }

  /** Waits until all that was sent before is kept. */
  async idle(): Promise<void> {
    await Promise.all([...this.pending])
    this.check()
  }

  /** Waits until it is kept. */
  async keep({ subject, data, headers = {}, id }: Message): Promise<void> {
    const { stream, headers: made, unlessBroken } = this.server
    await untilAnswered(async () => {
      const all = made()
      for (const [name, value] of Object.entries(headers)) all.set(name, value)
      const sent = stream.publish(subject, data, {
        ...{ headers: all, timeout: ANSWER_MS },
        ...(id === undefined ? {} : { msgID: id }),
      })
      await unlessBroken(sent)
    }, this.again)
  }

  private check(): void {
    if (this.failure) throw this.failure.error
  }
}
