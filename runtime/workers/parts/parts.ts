import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { UserError } from '../../../src/base/error.ts'
import { at } from '../../../src/base/lists.ts'
import { buffersOf } from '../thread/buffers.ts'
import { Deferred } from '../thread/deferred.ts'
import { startThread, type Thread } from '../thread/thread.ts'
import { putTogether } from '../shards/shared-exchange.ts'
import { Inbox } from './inbox.ts'
import type { Answer, Order, PartPlan } from './messages.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Start } from '../../values/start.ts'

/** What one thread does. */
export interface PartWanted extends Pick<PartPlan, 'section' | 'session' | 'shares'> {
  /** As messages name its worker: `the worker of conv1`. */
  readonly who: string
  /** The part that its steps are passed on to, by number. */
  readonly next?: number | undefined
}

/** Threads that train: orders go to them, answers of all come to the inbox. */
export interface Parts {
  readonly inbox: Inbox
  readonly post: (order: Order) => void
  readonly stop: () => Promise<void>
}

export interface PartsOptions {
  readonly parts: readonly PartWanted[]
  /** Where all of them start. */
  readonly start: Start
  /** Wakes those who wait for others, before they are told to stop, and where one has failed. */
  readonly wake?: () => void
  /** Hears what the last part passes on, where it is one: each step with all that it was given and made. */
  readonly passed?: (order: Order) => void
}

/** Starts a thread per part, and connects them: those that nobody passes steps on to are told of every step. */
export async function startParts(
  bundle: Bundle,
  { parts, start, wake = () => undefined, passed }: PartsOptions,
): Promise<Parts> {
  const inbox = new Inbox(parts.length)
  const channels = parts.map(() => new MessageChannel())
  const end = passed && new MessageChannel()
  if (passed) end?.port2.on('message', passed)
  const threads: Thread<never>[] = []
  const stop = async () => {
    wake()
    await Promise.all(threads.map((thread) => thread.stop()))
    for (const { port1 } of channels) port1.close()
    end?.port2.close()
  }
  const fail = (error: Error) => {
    inbox.fail(error)
    wake()
  }
  const started = parts.map(({ who, section, session, shares, next }, i) => {
    const from = at(channels, i).port2
    const to = next === undefined ? end?.port1 : at(channels, next).port1
    const { program, train } = bundle.manifest
    const graphs = new Map(section.graphs.map((graph) => [graph.name, bundle.graph(graph)]))
    const plan = { manifest: { program, train }, section, graphs, start, session, shares, from, to }
    const { thread, ready } = startPart(who, plan, inbox, fail)
    threads.push(thread)
    return ready
  })
  try {
    await Promise.all(started)
  } catch (error) {
    await stop()
    throw error
  }
  const told = channels.filter((_, i) => !parts.some(({ next }) => next === i))
  const post = (order: Order) => {
    const memory = order.kind === 'step' ? buffersOf(order.inputs) : []
    for (const { port1 } of told) port1.postMessage(order, memory)
  }
  return { inbox, post, stop }
}

function startPart(
  who: string,
  plan: PartPlan,
  inbox: Inbox,
  fail: (error: Error) => void,
): { thread: Thread<never>; ready: Promise<void> } {
  const ready = new Deferred<undefined>()
  const { from, to } = plan
  const transfer: MessagePort[] = to ? [from, to] : [from]
  const thread = startThread<never, Answer>({
    who,
    module: new URL('./part.ts', import.meta.url),
    plan,
    transfer,
    onAnswer: (answer) => {
      if (answer.kind === 'ready') ready.resolve(undefined)
      else inbox.receive(answer)
      if (answer.kind === 'value' && plan.shares) putTogether(plan.shares)
    },
    onFailure: (error) => {
      // What the user can mend says which graph it is of, and all shards have that.
      const told = plan.shares && error instanceof UserError ? error.note(`It was told by ${who}.`) : error
      fail(told)
      ready.reject(told)
    },
  })
  return { thread, ready: ready.promise }
}
