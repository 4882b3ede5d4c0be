import { setTimeout } from 'node:timers/promises'
import { layersStream } from '../names.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import type { Server } from '../server.ts'

/** Messages that are asked for before the ones before are dealt with. */
const AHEAD = 32
/** Of one question for messages, in which the server says twice that it is there: where it says nothing, it is asked again. */
const ASK_MS = 10_000

interface FollowOptions extends AgainOptions {
  readonly job: string
  readonly subject: string
  /** The first message, or the last one there is and what comes after it. */
  readonly from: number | 'last'
}

type Deal = (message: JsMsg) => Promise<void> | void

/** Reads messages of a job's stream in their order, those that are there and those to come; a broken connection is mended. */
export class Following {
  private readonly server: Server
  private readonly options: FollowOptions
  /** Ends where reading fails: of what `deal` throws. */
  readonly ended: Promise<void>
  private messages: ConsumerMessages
  private next: number | 'last'
  private isStopped = false

  private constructor(server: Server, options: FollowOptions, messages: ConsumerMessages, deal: Deal) {
    this.server = server
    this.options = options
    this.messages = messages
    this.next = options.from
    this.ended = this.read(deal)
    this.ended.catch(() => undefined)
  }

  static async open(server: Server, options: FollowOptions, deal: Deal): Promise<Following> {
    return new Following(server, options, await ask(server, options, options.from), deal)
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await left(this.messages)
  }

  private async read(deal: Deal): Promise<void> {
    for (;;) {
      const { messages } = this
      // A server that was started again knows of no question that was asked before.
      this.server.unlessBroken(new Promise<never>(() => undefined)).catch(() => left(messages))
      for await (const message of messages) {
        if (this.isStopped) return
        await deal(message)
        this.next = message.seq + 1
      }
      if (this.isStopped) return
      this.messages = await ask(this.server, this.options, this.next)
    }
  }
}

const ask = (
  { stream }: Server,
  { job, subject, signal, onFailure }: FollowOptions,
  from: number | 'last',
): Promise<ConsumerMessages> => {
  const where = from === 'last' ? { deliver_policy: 'last' as const } : { opt_start_seq: from }
  return untilAnswered(
    async () => {
      const consumer = await stream.consumers.get(layersStream(job), { filter_subjects: subject, ...where })
      return consumer.consume({ max_messages: AHEAD, expires: ASK_MS })
    },
    { signal, onFailure },
  )
}

/** What is dealt with just now may wait for long. */
async function left(messages: ConsumerMessages): Promise<void> {
  await Promise.race([messages.close(), setTimeout(100)])
}
