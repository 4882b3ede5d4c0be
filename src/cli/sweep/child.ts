import { once } from 'node:events'
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
  /** Passed on as Ctrl-C: the run then writes a checkpoint. */
  readonly signal: AbortSignal
}

/** Runs `hebb run …` in a process of its own, which ends where this process ends, however that does. */
export async function runChild(
  words: readonly string[],
  { log, workers, signal }: ChildOptions,
): Promise<Failure> {
  const file = orFileError('write', log, () => openSync(log, 'a'))
  const from = sizeOf(file)
  const child = startFollower([script, 'run', ...words], { stdio: ['ignore', file, file], workers })
  closeSync(file)
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop)
  try {
    const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    if (code === 0) return undefined
    return reasonIn(log, from) ?? (by === null ? `it ended with exit code ${String(code)}` : `${by} ended it`)
  } finally {
    signal.removeEventListener('abort', stop)
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
