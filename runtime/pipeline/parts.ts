import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import { UserError } from '../../src/error.ts'
import { buffersOf, type Answer, type Order, type PartPlan } from './messages.ts'
import { Inbox } from './inbox.ts'
import type { LoadedBundle } from '../bundle.ts'
import type { SessionOptions } from '../provider.ts'
import type { Values } from '../stepper.ts'
import type { Section } from '../../src/onnx/manifest.ts'

/** The running parts of a pipeline: orders go to the first, answers of all come to the inbox. */
export interface Parts {
  readonly groups: readonly (readonly string[])[]
  readonly inbox: Inbox
  readonly post: (order: Order) => void
  readonly stop: () => Promise<void>
}

/** Starts a thread per section, each with the values that it keeps, and connects each to the next. */
export async function startParts(
  bundle: LoadedBundle,
  sections: readonly Section[],
  values: Values,
  session: SessionOptions,
): Promise<Parts> {
  const inbox = new Inbox(sections.length)
  const channels = sections.map(() => new MessageChannel())
  const workers: { readonly worker: Worker; readonly ended: Promise<unknown> }[] = []
  const stop = async () => {
    for (const { worker } of workers) worker.postMessage('stop')
    await Promise.all(workers.map(({ ended }) => ended))
    for (const { port1 } of channels) port1.close()
  }
  const started = sections.map((section, i) => {
    const [from, to] = [channels[i]?.port2, channels[i + 1]?.port1]
    if (!from) throw new Error('a part has no channel')
    const names = new Set([...section.parameters, ...section.states].map(({ name }) => name))
    const own = new Map([...values].filter(([name]) => names.has(name)))
    const plan = { bundle: bundle.folder, section, values: own, session, from, to } satisfies PartPlan
    const ports: MessagePort[] = to ? [from, to] : [from]
    const worker = new Worker(new URL('./entry.mjs', import.meta.url), {
      workerData: plan,
      transferList: ports,
    })
    workers.push({ worker, ended: new Promise((resolve) => worker.once('exit', resolve)) })
    return ready(worker, section, inbox)
  })
  try {
    await Promise.all(started)
  } catch (error) {
    await stop()
    throw error
  }
  const [first] = channels
  const post = (order: Order) =>
    first?.port1.postMessage(order, order.kind === 'step' ? [...new Set(buffersOf(order.inputs))] : [])
  return { groups: sections.map(({ schedule }) => schedule.map(({ graph }) => graph)), inbox, post, stop }
}

const ready = (worker: Worker, section: Section, inbox: Inbox): Promise<void> =>
  new Promise((resolve, reject) => {
    const layers = section.schedule.map(({ graph }) => graph).join(', ')
    const fail = (cause: unknown) => {
      const error = described(cause, layers)
      inbox.fail(error)
      reject(error)
    }
    worker.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') resolve()
      else inbox.receive(answer)
    })
    worker.on('error', fail)
    worker.on('exit', (code) => {
      if (code !== 0) fail(new Error(`the worker ended with code ${code}`))
    })
  })

/** Errors lose their class on the way between threads: a mistake of the user's is told as one. */
function described(cause: unknown, layers: string): Error {
  const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause))
  if (name.endsWith('Error') && name !== 'Error' && !(name in globalThis)) return new UserError(name, message)
  const error = new Error(`the worker of ${layers} failed: ${message}`)
  return Object.assign(error, { stack: `${error.message}\n${stack ?? ''}` })
}
