import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { parseJsonAs } from '../../src/base/strangers.ts'
import { PROTOCOL, WORK_STREAM, workConsumer, workSubject } from './names.ts'
import { isGone, isPassing, unlessGone, untilAnswered, type AgainOptions } from './passing.ts'
import type { Consumer, JsMsg } from '@nats-io/jetstream'
import type { Server } from './server.ts'

/**
 * The queue of what is to be done. A worker that takes something has to say every now and then that it is still at it;
 * where it does not, the server gives the same to another one.
 */

const NANOSECONDS = 1_000_000

const taskSchema = z.strictObject({
  protocol: z.literal(PROTOCOL),
  /** What its record is called, which says what is to be done: parts between dots, none of them empty, as keys are. */
  record: z
    .string()
    .max(200)
    .regex(/^[\w=-]+(\.[\w=-]+)*$/),
})
export type Task = Omit<z.infer<typeof taskSchema>, 'protocol'>

/** Makes the stream, where there is none. */
async function ensureStream({ manager }: Server): Promise<void> {
  await manager.streams.add({
    name: WORK_STREAM,
    subjects: [workSubject('*')],
    retention: 'workqueue',
    storage: 'file',
  })
}

/**
 * Publishes a task for workers of a provider.
 *
 * @param id the same within two minutes is published once
 */
export async function publishTask(
  server: Server,
  provider: string,
  task: Task,
  { id, ...again }: AgainOptions & { readonly id: string },
): Promise<void> {
  const text = JSON.stringify({ protocol: PROTOCOL, ...task })
  await untilAnswered(async () => {
    await ensureStream(server)
    const publish = (msgID: string) => server.stream.publish(workSubject(provider), text, { msgID })
    const { duplicate, seq } = await publish(id)
    // The server remembers those, too, that somebody has removed since.
    if (duplicate && !(await isTaskAt(server, seq, task)))
      await publish(`${id}.${randomBytes(4).toString('hex')}`)
  }, again)
}

/** Whether the message of a number is there, and of this task: it is in the queue, or a worker has it. */
export async function isTaskAt({ manager }: Server, sequence: number, { record }: Task): Promise<boolean> {
  const message = await manager.streams.getMessage(WORK_STREAM, { seq: sequence }).catch(unlessGone)
  return message?.string().includes(JSON.stringify(record)) ?? false
}

/** How many tasks of a provider are in the queue, or with a worker; undefined where there is no queue. */
export async function tasksThere(
  { manager }: Server,
  provider: string,
  again: AgainOptions = {},
): Promise<number | undefined> {
  const subject = workSubject(provider)
  const ask = () => manager.streams.info(WORK_STREAM, { subjects_filter: subject })
  const info = await untilAnswered(() => ask().catch(unlessGone), again)
  return info && (info.state.subjects?.[subject] ?? 0)
}

/** A task that a worker has taken. */
export interface Taken {
  readonly task: Task
  /** Of the message: one that is delivered again has the same, one that was published twice another. */
  readonly sequence: number
  /** Says that we are still at it. */
  readonly renew: () => void
  /** It is done, or not to be done: it goes. Where the server does not hear that, somebody gets it again, whose record says so. */
  readonly acknowledge: () => Promise<void>
  /** Another worker may have it at once, or after so many milliseconds. */
  readonly giveBack: (delay?: number) => void
}

export interface QueueOptions extends AgainOptions {
  readonly provider: string
  /** Milliseconds after which a task from whose worker nothing is heard is given to another. */
  readonly lease: number
  /** Hears once that a queue which was there is not any more: it is gone on with as soon as somebody publishes. */
  readonly onGone?: () => void
}

/** How long one question to the server waits for something to do, in milliseconds: at least as long as a server allows. */
export const askMs = (lease: number): number => Math.max(1000, Math.min(5000, lease))
/** The same, where nobody has published anything yet. */
const EMPTY_MS = 1000

/** Who has which task, and since when: made where there is none. Undefined where nothing was ever published. */
async function consumerOf(server: Server, provider: string, lease: number): Promise<Consumer | undefined> {
  const name = workConsumer(provider)
  try {
    await server.manager.consumers.add(WORK_STREAM, {
      durable_name: name,
      filter_subject: workSubject(provider),
      ack_policy: 'explicit',
      ack_wait: lease * NANOSECONDS,
      max_deliver: -1,
      max_ack_pending: -1,
    })
    return await server.stream.consumers.get(WORK_STREAM, name)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** Milliseconds after which workers of a provider lose what they do not renew; undefined where there has been none. */
export async function leaseOf({ manager }: Server, provider: string): Promise<number | undefined> {
  try {
    const { config } = await manager.consumers.info(WORK_STREAM, workConsumer(provider))
    return config.ack_wait === undefined ? undefined : config.ack_wait / NANOSECONDS
  } catch {
    // It is told with what is told, where it can be.
    return undefined
  }
}

export class WorkQueue {
  private readonly find: () => Promise<Consumer | undefined>
  private readonly again: AgainOptions
  private readonly ask: number
  private readonly onGone: (() => void) | undefined
  private consumer: Consumer | undefined

  private constructor(
    consumer: Consumer | undefined,
    find: () => Promise<Consumer | undefined>,
    { lease, onGone, ...again }: Omit<QueueOptions, 'provider'>,
  ) {
    this.consumer = consumer
    this.find = find
    this.ask = askMs(lease)
    this.onGone = onGone
    this.again = again
  }

  static async open(server: Server, { provider, ...given }: QueueOptions): Promise<WorkQueue> {
    const find = () => consumerOf(server, provider, given.lease)
    return new WorkQueue(await untilAnswered(find, given), find, given)
  }

  private async findAgain(): Promise<void> {
    const before = this.consumer
    this.consumer = await this.find()
    if (before && !this.consumer) this.onGone?.()
  }

  /** The next task; undefined where there is none for some seconds. What is no task of ours goes. */
  async next(): Promise<Taken | undefined> {
    const message = await untilAnswered(async (attempt) => {
      // A server that is there again may have lost it, or somebody has removed it.
      if (attempt > 0 || !this.consumer) await this.findAgain()
      if (this.consumer) return this.consumer.next({ expires: this.ask })
      await setTimeout(EMPTY_MS, undefined, { signal: this.again.signal })
      return null
    }, this.again)
    if (!message) return undefined
    try {
      return taken(message, parseJsonAs(message.string(), taskSchema))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      message.term(`no task of hebb's: ${error.message}`)
      return undefined
    }
  }
}

const taken = (message: JsMsg, { record }: Task): Taken => ({
  task: { record },
  sequence: message.seq,
  renew: () => {
    message.working()
  },
  acknowledge: async () => {
    try {
      await message.ackAck()
    } catch (error) {
      if (!isPassing(error)) throw error
    }
  },
  giveBack: (delay) => {
    message.nak(delay)
  },
})
