import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers'
import { z } from 'zod'
import { startFollower } from '../../../bin/follow.mjs'
import { UserError } from '../../base/error.ts'
import { treeFolder } from '../../base/package-folder.ts'
import { lookAtSoftware } from '../doctor/software.ts'
import { tellWork, type Slot } from './worker.ts'
import type { Provider } from '../../../runtime/session/options.ts'

/** Whether graphs could run where a worker is to run them: found out before it takes anything from those who could. */

/** Far more than three steps of a small program take, on a GPU for which kernels are compiled first, too. */
const LONGEST_MS = 15 * 60_000

const finding = z.object({
  name: z.string(),
  state: z.string(),
  found: z.string(),
  help: z.string().optional(),
})
type Bad = Pick<z.infer<typeof finding>, 'name' | 'found' | 'help'>
/** What `hebb doctor --json` says. Folders that it could write into are others than a worker's. */
const told = z.object({ groups: z.array(z.object({ title: z.string(), findings: z.array(finding) })) })
const MACHINE = 'machine'

/** @throws UserError ('WorkerError') where nothing could run on one of the devices, with what to do */
export async function requireFit(provider: Provider, slots: readonly Slot[]): Promise<void> {
  const bad = lookAtSoftware().find(({ state }) => state === 'bad')
  if (bad) throw unfit('on this machine', bad, 'hebb doctor')
  if (provider !== 'cuda') return
  const devices = slots.flatMap(({ device }) => device ?? [])
  tellWork('info', 'trying', `trying --devices ${devices.join(',')}`, { devices })
  await Promise.all(devices.map(requireDevice))
}

async function requireDevice(device: number): Promise<void> {
  const words = ['doctor', '--provider', 'cuda', '--device', String(device), '--json']
  const bad = await askDoctor(words)
  if (bad) throw unfit(`on GPU ${device}`, bad, `hebb ${words.slice(0, -1).join(' ')}`)
}

/** In a process of its own: it would keep memory of the GPU in this one, and what is damaged would end it. */
async function askDoctor(words: readonly string[]): Promise<Bad | undefined> {
  const child = startFollower([join(treeFolder, 'bin/hebb.mjs'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const overdue = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  try {
    const ended = once(child, 'exit')
    const [said, complaint] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended])
    const [code, signal] = [child.exitCode, child.signalCode]
    if (code === 0) return undefined
    const read = told.safeParse(jsonIn(said))
    const findings = (read.data?.groups ?? []).flatMap((group) =>
      group.title === MACHINE ? [] : group.findings,
    )
    // One that has ended otherwise than by saying so, as a damaged library has it end.
    const ending = { name: 'three steps', found: complaint.trim() || `ended by ${signal ?? String(code)}` }
    const bad = findings.find(({ state }) => state === 'bad')
    return bad ?? (read.success ? undefined : ending)
  } finally {
    clearTimeout(overdue)
  }
}

const textOf = (stream: NodeJS.ReadableStream | null): Promise<string> =>
  stream ? text(stream) : Promise.resolve('')

function jsonIn(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}

const unfit = (where: string, { name, found, help }: Bad, command: string): UserError =>
  new UserError('WorkerError', `nothing could be trained ${where}: ${name}: ${found}`, {
    help: [...(help === undefined ? [] : [help]), `${command} says all that it found.`].join(' '),
  })
