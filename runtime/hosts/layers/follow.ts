import { setTimeout } from 'node:timers/promises'
import { layersStream } from '../names.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import type { Server } from '../server.ts'

/** Messages that are asked for before the ones before are dealt with. */
const AHEAD = 32

interface FollowOptions extends AgainOptions {
  readonly job: string
  readonly subject: string
  /** The first message, or the last one there is and what comes after it. */
  readonly from: number | 'last'
}

/** Reads messages of a job's stream in their order, those that are there and those to come; a broken connection is mended. */
export class Following {
  private readonly messages: ConsumerMessages
  /** Ends where reading fails: of what `deal` throws. */
  readonly ended: Promise<void>
  private isStopped = false

  private constructor(messages: ConsumerMessages, deal: (message: JsMsg) => Promise<void> | void) {
    this.messages = messages
    this.ended = this.read(deal)
    this.ended.catch(() => undefined)
  }

  static async open(
    { stream }: Server,
    { job, subject, from, ...again }: FollowOptions,
    deal: (message: JsMsg) => Promise<void> | void,
  ): Promise<Following> {
    const where = from === 'last' ? { deliver_policy: 'last' as const } : { opt_start_seq: from }
    const messages = await untilAnswered(async () => {
      const consumer = await stream.consumers.get(layersStream(job), { filter_subjects: subject, ...where })
      return consumer.consume({ max_messages: AHEAD })
    }, again)
    return new Following(messages, deal)
  }

  async stop(): Promise<void> {
    this.isStopped = true
    // What is dealt with just now may wait for long.
    await Promise.race([this.messages.close(), setTimeout(100)])
  }

  private async read(deal: (message: JsMsg) => Promise<void> | void): Promise<void> {
    for await (const message of this.messages) {
      if (this.isStopped) return
      await deal(message)
    }
  }
}
