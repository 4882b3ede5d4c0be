import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { at } from '../../../src/base/lists.ts'
import { buffersOf } from '../thread/buffers.ts'
import { Deferred } from '../thread/deferred.ts'
import { startThread, type Thread } from '../thread/thread.ts'
import { Inbox } from './inbox.ts'
import type { Answer, Order, PartPlan } from './messages.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { SessionOptions } from '../../session/options.ts'
import type { Start } from '../../values/start.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** The running parts of a pipeline: orders go to the first, answers of all come to the inbox. */
export interface Parts {
  readonly groups: readonly (readonly string[])[]
  readonly inbox: Inbox
  readonly post: (order: Order) => void
  readonly stop: () => Promise<void>
}

/** Starts a thread per section, and connects each to the next. */
export async function startParts(
  bundle: Bundle,
  sections: readonly Section[],
  start: Start,
  session: SessionOptions,
  devices: readonly number[] = [],
): Promise<Parts> {
  const inbox = new Inbox(sections.length)
  const channels = sections.map(() => new MessageChannel())
  const threads: Thread<never>[] = []
  const stop = async () => {
    await Promise.all(threads.map((thread) => thread.stop()))
    for (const { port1 } of channels) port1.close()
  }
  const started = sections.map((section, i) => {
    const [from, to] = [channels[i]?.port2, channels[i + 1]?.port1]
    if (!from) throw new Error('a part has no channel')
    const { program, train } = bundle.manifest
    const graphs = new Map(section.graphs.map((graph) => [graph.name, bundle.graph(graph)]))
    const plan = {
      manifest: { program, train },
      section,
      graphs,
      start,
      session: devices.length === 0 ? session : { ...session, device: at(devices, i % devices.length) },
      from,
      to,
    } satisfies PartPlan
    const { thread, ready } = startPart(plan, inbox)
    threads.push(thread)
    return ready
  })
  try {
    await Promise.all(started)
  } catch (error) {
    await stop()
    throw error
  }
  const [first] = channels
  const post = (order: Order) =>
    first?.port1.postMessage(order, order.kind === 'step' ? buffersOf(order.inputs) : [])
  return { groups: sections.map(({ schedule }) => schedule.map(({ graph }) => graph)), inbox, post, stop }
}

function startPart(plan: PartPlan, inbox: Inbox): { thread: Thread<never>; ready: Promise<void> } {
  const ready = new Deferred<undefined>()
  const { section, from, to } = plan
  const transfer: MessagePort[] = to ? [from, to] : [from]
  const thread = startThread<never, Answer>({
    who: `the worker of ${section.schedule.map(({ graph }) => graph).join(', ')}`,
    module: new URL('./part.ts', import.meta.url),
    plan,
    transfer,
    onAnswer: (answer) => {
      if (answer.kind === 'ready') ready.resolve(undefined)
      else inbox.receive(answer)
    },
    onFailure: (error) => {
      inbox.fail(error)
      ready.reject(error)
    },
  })
  return { thread, ready: ready.promise }
}
