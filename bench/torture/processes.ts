import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Processes are found by a variable in their environment, which those that they start inherit. Linux only. */
const VARIABLE = 'HEBB_TORTURE'

let marks = 0
/** Unlike that of any other start. */
export const newMark = (): string => `${process.pid}-${marks++}.`

export const markedEnvironment = (mark: string): Readonly<Record<string, string>> => ({ [VARIABLE]: mark })

/** Processes whose mark begins so, but not this one. Those that have ended and wait to be asked have no environment. */
export function marked(beginning: string): number[] {
  const wanted = `\0${VARIABLE}=${beginning}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(wanted)
      } catch {
        return false // It has ended meanwhile, or is not ours to ask.
      }
    })
    .map(Number)
}

/** Of memory; 0 of a process that has ended. */
export function residentMegabytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Kills what there is; a process that has ended already is none. A negative number is a group. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

export const killMarked = (beginning: string): void => {
  for (const pid of marked(beginning)) kill(pid)
}

/** Waits for all marked processes to end; gives those that have not after so many milliseconds. */
export async function remaining(mark: string, milliseconds: number): Promise<number[]> {
  const end = performance.now() + milliseconds
  for (;;) {
    const left = marked(mark)
    if (left.length === 0 || performance.now() > end) return left
    await setTimeout(20)
  }
}

/** Nothing that was started here outlives this process, however it ends. */
process.once('exit', () => {
  killMarked(`${process.pid}-`)
})
