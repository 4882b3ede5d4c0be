import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startFollower } from '../../../bin/follow.mjs'
import { orFileError } from '../../base/file-error.ts'
import { livingHolder } from '../../base/lock.ts'
import { treeFolder } from '../../base/package-folder.ts'
import { openRegularFile, readUpTo, sizeOf } from '../../base/regular-file.ts'

const script = join(treeFolder, 'bin/hebb.mjs')

/** How the process of a run ended: undefined where it did what it should, else why not. */
export type Failure = string | undefined

interface ChildOptions {
  /** The file to which all that it says is added. */
  readonly log: string
  readonly workers: number
  /** Of hebb's commands. */
  readonly command?: 'run' | 'group'
}

/** How the process of a run ended. */
export interface ChildEnd {
  readonly code: number | null
  readonly by: NodeJS.Signals | null
  /** What it said last of an error; undefined where it said nothing of one. */
  readonly reason: string | undefined
}

export interface Child {
  readonly pid: number | undefined
  /** To talk to. */
  readonly process: ChildProcess
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<ChildEnd>
}

/** Starts `hebb run …` in a process of its own, which ends where this process ends, however that does. */
export function startChild(words: readonly string[], { log, workers, command = 'run' }: ChildOptions): Child {
  const file = orFileError('write', log, () => openSync(log, 'a'))
  const from = sizeOf(file)
  const child = startFollower([script, command, ...words], { stdio: ['ignore', file, file], workers })
  closeSync(file)
  const ended = once(child, 'exit').then((values): ChildEnd => {
    const [code, by] = values as [number | null, NodeJS.Signals | null]
    return { code, by, reason: code === 0 ? undefined : reasonIn(log, from) }
  })
  return { pid: child.pid, process: child, kill: (signal) => child.kill(signal), ended }
}

/** Why it did not do what it should. */
export const failureOf = ({ code, by, reason }: ChildEnd): Failure =>
  code === 0
    ? undefined
    : (reason ?? (by === null ? `it ended with exit code ${String(code)}` : `${by} ended it`))

/**
 * Passes on what a process is to hear, now or later: to stop, as Ctrl-C, by which a run writes a checkpoint; or its end.
 *
 * @returns what leaves it alone
 */
export function passOn(child: Child, stop: AbortSignal, end?: AbortSignal): () => void {
  const heard = new AbortController()
  const pass = (from: AbortSignal, signal: NodeJS.Signals) => {
    const kill = () => {
      child.kill(signal)
    }
    if (from.aborted) kill()
    else from.addEventListener('abort', kill, { signal: heard.signal })
  }
  pass(stop, 'SIGINT')
  if (end) pass(end, 'SIGKILL')
  return () => {
    heard.abort()
  }
}

/** The same, to its end. @param signal is passed on as Ctrl-C: the run then writes a checkpoint */
export async function runChild(
  words: readonly string[],
  { signal, ...options }: ChildOptions & { readonly signal: AbortSignal },
): Promise<Failure> {
  const child = startChild(words, options)
  const leave = passOn(child, signal)
  try {
    return failureOf(await child.ended)
  } finally {
    leave()
  }
}

/** Why a run failed is the last that it says. */
const LONGEST = 4096

/** What was said last, from the line on that names an error; undefined where nothing was said of one. */
function reasonIn(log: string, from: number): string | undefined {
  const file = openRegularFile(log)
  try {
    const size = sizeOf(file)
    const bytes = new Uint8Array(Math.min(LONGEST, size - from))
    readUpTo(file, bytes, size - bytes.length)
    const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
    const first = lines.findLastIndex((line) => /^\w*[Ee]rror: |^hebb cannot start: /.test(line))
    return first < 0 ? undefined : lines.slice(first).join('\n')
  } finally {
    closeSync(file)
  }
}

const LOOK_MS = 100

/**
 * Waits while a process that was left alone holds a run: where a sweep is killed, those that it started end as soon as
 * they notice.
 *
 * @param tell is told once who that is
 */
export async function untilFree(
  folder: string,
  signal: AbortSignal,
  tell: (pid: number) => void,
): Promise<void> {
  let told = false
  for (;;) {
    const holder = livingHolder(join(folder, 'lock'))
    if (!holder || signal.aborted) return
    if (!told) tell(holder.pid)
    told = true
    await setTimeout(LOOK_MS)
  }
}
