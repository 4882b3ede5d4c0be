import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Shares of a core's time, by Linux's control groups, of version 2 or 1: a host that has half of a core, and no more. */

const ROOT = '/sys/fs/cgroup'
/** In which a share is used up at most, so that a step waits for little: far below the time of one. */
const PERIOD_US = 20_000

/** The folder in which such groups are made. @throws where this machine has no control groups of processors */
export function coreShares(): string {
  if (existsSync(join(ROOT, 'cpu/cpu.cfs_quota_us'))) return join(ROOT, 'cpu')
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return ROOT
  throw new Error(`there are no control groups of processors below ${ROOT}`)
}

/** Makes a group whose processes have this part of one core's time together. */
export function makeShare(group: string, share: number): void {
  mkdirSync(group)
  const quota = Math.round(share * PERIOD_US)
  if (existsSync(join(group, 'cpu.max'))) {
    writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_US}`)
    return
  }
  writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US))
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota))
}

/** Words before a command, which have it run in a group. */
export const within = (group: string): string[] => [
  ...['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group],
]
