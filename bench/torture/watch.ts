import { killMarked, marked, residentMegabytes } from './processes.ts'

/** More than any of these commands needs, and less than would harm the machine. */
const MOST_MB = 4000

/** Kills processes that take more time or memory than they may. */
export function watched(mark: string, seconds: number): { readonly end: () => string | undefined } {
  let stopped: string | undefined
  const stop = (reason: string) => {
    stopped ??= reason
    killMarked(mark)
  }
  const timer = setTimeout(() => {
    stop(`it was still running after ${seconds} s`)
  }, seconds * 1000)
  const look = setInterval(() => {
    const megabytes = marked(mark).reduce((sum, pid) => sum + residentMegabytes(pid), 0)
    if (megabytes > MOST_MB) stop(`it took more than ${MOST_MB} MB`)
  }, 250)
  const end = () => {
    clearTimeout(timer)
    clearInterval(look)
    return stopped
  }
  return { end }
}
