import { setTimeout } from 'node:timers/promises'
import type { HostWorker } from '../host-worker.ts'
import type { Stage } from '../stage.ts'

const LOOK_MS = 20

/** Waits so long, or until the job is over; says whether it still goes on. */
export async function pause({ isOver }: Stage, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds
  while (!isOver() && performance.now() < end) await setTimeout(LOOK_MS)
  return !isOver()
}

/** Waits for the moment of one of several disturbances that are spread over a job's steps; says whether it has come. */
export async function moment(stage: Stage, number: number, count: number, most: number): Promise<boolean> {
  const { observer, job, random, isOver } = stage
  while (!isOver() && observer.steps() < (number * job.steps) / (count + 1)) await setTimeout(LOOK_MS)
  return pause(stage, random.uniform() * most)
}

/** A worker that has something to do, where there is one. */
export function busy({ workers, observer, random }: Stage): HostWorker {
  const all = workers.filter(({ pid }) => observer.heldBy(pid).length > 0)
  const from = all.length > 0 ? all : workers
  const chosen = from[random.integer(from.length)]
  if (!chosen) throw new Error('there are no workers')
  return chosen
}
