import { busy, moment, pause } from './moments.ts'
import type { Stage, Try } from '../stage.ts'

/** What happens to workers and their hosts. */

/** The longest from the moment at which a kill is due to the kill. */
const LATEST_MS = 1500

export const kills = (of: Try['of'], count: number, workers = 3): Try => ({
  name: 'kills',
  what: `a worker is killed with SIGKILL at a random moment, ${count} times; half of the times all that it has started with it`,
  ...{ of, workers },
  disturb: async (stage) => {
    let done = 0
    for (let number = 1; number <= count && (await moment(stage, number, count, LATEST_MS)); number++) {
      const worker = busy(stage)
      stage.disturbed(worker)
      await worker.kill(stage.random.integer(2) === 0 ? 'worker' : 'all')
      done++
    }
    return { kills: done }
  },
})

/** Cuts a host off for a part of the lease, or several times as long. */
export const cuts = (of: Try['of'], leases: number, count: number): Try => ({
  name: leases < 1 ? 'cut off briefly' : 'cut off',
  what: `a host's link is down for ${leases} of the lease, ${count} times`,
  ...{ of, workers: 3 },
  disturb: (stage) =>
    each(stage, count, async (worker) => {
      stage.hosts.cut(worker.host)
      await pause(stage, leases * stage.lease)
      stage.hosts.mend(worker.host)
    }),
})

export const freezes = (of: Try['of'], leases: number, count: number): Try => ({
  name: leases < 1 ? 'slow' : 'frozen',
  what: `a worker stands still (SIGSTOP) for ${leases} of the lease and then goes on, ${count} times; every second time all that it has started, too`,
  ...{ of, workers: 3 },
  disturb: (stage) =>
    each(stage, count, async (worker, number) => {
      worker.freeze(number % 2 === 0 ? 'all' : 'worker')
      await pause(stage, leases * stage.lease)
      worker.thaw()
    }),
})

export const slowLink = (of: Try['of'], rate: string): Try => ({
  name: 'slow link',
  what: `a host's link carries ${rate}/s`,
  ...{ of, workers: 3 },
  disturb: async (stage) => {
    stage.hosts.slow(0, rate)
    await pause(stage, Infinity)
    return { slow: 1 }
  },
})

async function each(
  stage: Stage,
  count: number,
  disturb: (worker: ReturnType<typeof busy>, number: number) => Promise<void>,
): Promise<Record<string, number>> {
  let done = 0
  for (let number = 1; number <= count && (await moment(stage, number, count, 0)); number++) {
    const worker = busy(stage)
    stage.disturbed(worker)
    await disturb(worker, number)
    done++
  }
  return { times: done }
}
