import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

const PAUSE = 100

const ticks = () => {
  const times = cpus().map(({ times }) => times)
  const idle = times.reduce((sum, each) => sum + each.idle, 0)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { idle, all }
}

/** Waits a moment, in which all that we started sleeps, and tells which share of the cores others took, 0..1. */
export async function otherLoad(): Promise<number> {
  const before = ticks()
  await pause(PAUSE)
  const after = ticks()
  const all = after.all - before.all
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all
}
