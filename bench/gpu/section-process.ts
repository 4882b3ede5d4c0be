import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allocatorSettings, nodeFlags } from '../../runtime/session/allocator.mjs'
import { TF32_VARIABLE } from '../../runtime/session/tf32.ts'
import { kill } from '../torture/processes.ts'
import { messageSchema, type Job, type Surroundings } from './job.ts'
import type { Found } from './figures.ts'
import type { Ended } from './schedule.ts'

const entry = fileURLToPath(new URL('section.ts', import.meta.url))

/** What is told of a process that ended without saying why: the end of what it wrote. */
const TOLD = 600

const groups = new Set<number>()
process.once('exit', () => {
  for (const pid of groups) kill(-pid)
})

/**
 * Runs a section in a process group of its own, started as `hebb train` starts itself, so that nothing that it does can harm
 * another: a crash, a search that takes minutes, memory that it does not give back.
 *
 * @param seconds after which all of it is killed
 * @param onFound hears each figure as it is found
 */
export async function runSection(
  job: Job,
  surroundings: Surroundings,
  seconds: number,
  out: string,
  onFound: (found: Found) => void,
): Promise<Omit<Ended, 'kind' | 'seconds'>> {
  const path = join(out, 'log.txt')
  const log = openSync(path, 'a')
  const before = readFileSync(path).length
  const child = spawn(
    process.execPath,
    [...nodeFlags(), '--import', 'tsx', entry, JSON.stringify(job), JSON.stringify(surroundings)],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      // Each side says for itself whether it may multiply in TF32; the variable would overrule PyTorch.
      env: { ...process.env, [TF32_VARIABLE]: undefined, ...allocatorSettings() },
    },
  )
  closeSync(log)
  const { pid } = child
  if (pid !== undefined) groups.add(pid)
  const failures: string[] = []
  child.on('message', (sent) => {
    const message = messageSchema.parse(sent)
    if ('found' in message) onFound(message.found)
    else failures.push(message.failure)
  })
  const overdue = new AbortController()
  const timer = setTimeout(() => {
    overdue.abort()
    if (pid !== undefined) kill(-pid)
  }, 1000 * seconds)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('error', () => {
      resolve([null, null])
    })
    // After all messages, unlike 'exit'.
    child.on('close', (...ended) => {
      resolve(ended)
    })
  })
  clearTimeout(timer)
  if (pid !== undefined) {
    kill(-pid) // What it started and left.
    groups.delete(pid)
  }
  if (code === 0) return { outcome: 'done', why: '' }
  if (overdue.signal.aborted) return { outcome: 'timed out', why: `ended after ${seconds.toFixed(0)} s` }
  const [failure] = failures
  if (failure !== undefined) return { outcome: 'failed', why: failure }
  const said = readFileSync(path).subarray(before).toString('utf8').trim().slice(-TOLD)
  return { outcome: 'failed', why: `${signal ?? `exit code ${code ?? 'unknown'}`}: ${said}` }
}
