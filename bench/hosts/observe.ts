/**
 * Watches the records of a server from one of its hosts: says each that is written as a line of JSON. Bench/hosts/observer.ts
 * starts it, and tells it what to do: `again` publishes all that is to be done once more, `left` says what there is on the server.
 *
 *     node --import tsx bench/hosts/observe.ts URL
 */
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { WORK_STREAM, workConsumer } from '../../runtime/hosts/names.ts'
import { untilAnswered } from '../../runtime/hosts/passing.ts'
import { makeRecords } from '../../runtime/hosts/run-records.ts'
import { connectServer } from '../../runtime/hosts/server.ts'
import { publishTask } from '../../runtime/hosts/work.ts'
import type { Left, Observed } from './observer.ts'

const stateSchema = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  worker: z.string().nullable(),
  attempts: z.int(),
  step: z.int(),
  failure: z.string().nullable(),
})

const say = (told: Observed | { readonly left: Left }): void => {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

const [url = ''] = process.argv.slice(2)
const server = await connectServer({ url, name: 'observer' })
const bucket = await makeRecords(server)
const open = new Set<string>()

let times = 0
async function publishAgain(): Promise<void> {
  for (const record of open)
    await publishTask(server, 'cpu', { record }, { id: `again-${process.pid}-${times++}` })
}

async function left(): Promise<Left> {
  const streams: string[] = []
  let messages = 0
  for (const { config, state } of await untilAnswered(() => server.manager.streams.list().next())) {
    if (config.name === WORK_STREAM) messages = state.messages
    else if (!config.name.startsWith('KV_')) streams.push(config.name)
  }
  return { streams, messages, atWorkers: messages === 0 ? 0 : await atWorkers(), records: [...open] }
}

/** Messages that somebody has been given, or is to be given; one that is none of these was lost by the server. */
async function atWorkers(): Promise<number> {
  const { num_ack_pending, num_pending } = await untilAnswered(() =>
    server.manager.consumers.info(WORK_STREAM, workConsumer('cpu')),
  )
  return num_ack_pending + num_pending
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'again') void publishAgain()
  else
    void left().then((found) => {
      say({ left: found })
    })
})
process.stdin.once('end', () => process.exit(0))

for await (const entry of await bucket.watch()) {
  const { key, revision, operation } = entry
  const at = Date.now()
  if (operation !== 'PUT') {
    open.delete(key)
    say({ at, key, revision })
    continue
  }
  const now = stateSchema.parse(JSON.parse(entry.string()))
  if (now.state === 'done' || now.state === 'failed') open.delete(key)
  else open.add(key)
  say({ at, key, revision, now })
}
