import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../../src/base/error.ts'
import { busy, moment, pause } from './moments.ts'
import type { Stage, Try } from '../stage.ts'

/** What happens to the server, to messages, and to clocks. */

/** @param leases how long it is away each time, beginning with the first */
export const restarts = (of: Try['of'], leases: readonly number[]): Try => ({
  name: 'server',
  what: `the server is killed with SIGKILL and started again with its store, after ${leases.join(', ')} of the lease`,
  ...{ of, workers: 3 },
  disturb: async (stage) => {
    let done = 0
    for (const [i, away] of leases.entries()) {
      if (!(await moment(stage, i + 1, leases.length, 500))) break
      await stage.hosts.server.kill()
      await pause(stage, away * stage.lease)
      await stage.hosts.server.start()
      done++
    }
    return { restarts: done }
  },
})

const MB = 2 ** 20
/** How long the disk stays full. */
const FULL_MS = 8000

export const fullDisk = (of: Try['of'], megabytes: number, count: number): Try => ({
  name: 'full disk',
  what: `the server's disk (${megabytes} MB) is full for ${FULL_MS / 1000} s, ${count} times; there is room again then, and the server is started again`,
  ...{ of, workers: 3, disk: megabytes * MB },
  disturb: (stage) =>
    eachTimeFull(stage, count, async (makeRoom) => {
      await pause(stage, FULL_MS)
      await makeRoom()
    }),
})

/** A worker that is told to stop asks a server for a lease more. */
export const stopsWhileFull = (of: Try['of'], megabytes: number, count: number): Try => ({
  name: 'stops while full',
  what: `a worker is told to stop while the server's disk (${megabytes} MB) is full, ${count} times; there is room again then, and the server and a worker are started again`,
  ...{ of, workers: 3, disk: megabytes * MB },
  disturb: (stage) =>
    eachTimeFull(stage, count, async (makeRoom) => {
      const worker = busy(stage)
      stage.disturbed(worker)
      await worker.replace(makeRoom)
    }),
})

/** Fills the server's disk, some times. @param meanwhile makes room again */
async function eachTimeFull(
  stage: Stage,
  count: number,
  meanwhile: (makeRoom: () => Promise<void>) => Promise<void>,
): Promise<Readonly<Record<string, number>>> {
  const { server } = stage.hosts
  const ballast = join(server.store, 'ballast')
  const makeRoom = async () => {
    rmSync(ballast)
    // It may have given up its store by then, at one of its own files that it could not write: its log says so, or nothing.
    await server.kill()
    await server.start()
  }
  let done = 0
  for (let number = 1; number <= count && (await moment(stage, number, count, 0)); number++) {
    fill(ballast)
    await meanwhile(makeRoom)
    done++
  }
  return { times: done }
}

/** Writes until there is no room, beside others who write. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, Buffer.alloc(64 * 1024, 1))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    closeSync(file)
  }
}

/** Words before a command whose clock is an hour ahead, or behind. */
function clock(hours: number): string[] {
  const offset = `FAKETIME=${hours < 0 ? '' : '+'}${hours}h`
  return ['env', `LD_PRELOAD=${faketime()}`, offset, 'FAKETIME_DONT_FAKE_MONOTONIC=1']
}

/** The library that does it; the command itself would stand between us and the process. */
function faketime(): string {
  try {
    return execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim()
  } catch {
    throw new UserError('TortureError', 'there is no faketime, which has clocks go wrong', {
      help: 'Debian: apt-get install faketime; or leave that try out with --only.',
    })
  }
}

export const clocks = (of: Try['of'], kills: number): Try => ({
  name: 'clocks',
  what: `the clock of a host is an hour ahead, that of another an hour behind; ${kills} workers are killed`,
  ...{ of, workers: 3 },
  within: (host) => (host === 0 ? clock(1) : host === 1 ? clock(-1) : []),
  disturb: async (stage) => {
    let done = 0
    for (let number = 1; number <= kills && (await moment(stage, number, kills, 500)); number++) {
      const worker = stage.workers[number % stage.workers.length]
      if (!worker) throw new Error('there are no workers')
      stage.disturbed(worker)
      await worker.kill('all')
      done++
    }
    return { kills: done }
  },
})

export const duplicates = (of: Try['of'], count: number): Try => ({
  name: 'duplicates',
  what: `everything that is to be done is published once more, ${count} times`,
  ...{ of, workers: 3 },
  disturb: async (stage) => {
    let done = 0
    for (let number = 1; number <= count && (await moment(stage, number, count, 500)); number++) {
      stage.observer.publishAgain()
      done++
    }
    return { times: done }
  },
})
