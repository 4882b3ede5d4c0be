import { isThere, stampOf } from '../../base/file-kind.ts'
import { ticksOfProcess } from '../../base/lock-owner.ts'

const STALL_MS = 15 * 60 * 1000

/** Says when a process has neither computed nor said anything for a quarter of an hour: it waits for what never comes. */
export class StallWatch {
  private readonly pid: number | undefined
  private readonly log: string
  private last = ''
  private since: number

  constructor(pid: number | undefined, log: string, now: number) {
    this.pid = pid
    this.log = log
    this.since = now
  }

  isStalled(now: number): boolean {
    // Where the system does not say how much it has computed, it computes.
    const ticks = (this.pid === undefined ? undefined : ticksOfProcess(this.pid)) ?? now
    const signs = `${ticks} ${isThere(this.log) ? stampOf(this.log).text : ''}`
    if (signs !== this.last) {
      this.last = signs
      this.since = now
    }
    return now - this.since >= STALL_MS
  }
}
