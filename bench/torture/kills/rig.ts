import { setTimeout } from 'node:timers/promises'
import { startHebb, fashionMnist, type Running } from '../hebb.ts'
import { kill, marked } from '../processes.ts'
import { tinyProgram } from '../tiny-program.ts'
import { hasBegun, isWriting, type Reference } from './examine.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Kill, Manner, Round, Victim } from './plan.ts'

/** What all rounds share. */
export interface Rig {
  /** Of the bundle. */
  readonly path: string
  readonly bundle: Bundle
  readonly reference: Reference
  readonly steps: number
}

const flags = ({ workers, prepareAhead, checkpointEvery }: Manner): string[] => [
  ...['--threads', '1', '--workers', String(workers)],
  ...['--prepare-ahead', String(prepareAhead), '--checkpoint-every', String(checkpointEvery)],
]

/** Looked at several times in its few steps. */
const watched = ['--probe-every', '0.05', '--validation', '0.05']

export const startWords = (
  from: Round['from'],
  { path, steps }: Rig,
  out: string,
  manner: Manner,
): string[] => [
  'train',
  from === 'bundle' ? path : tinyProgram,
  ...[
    '--data',
    fashionMnist,
    '--out',
    out,
    '--steps',
    String(steps),
    '--seed',
    '3',
    ...watched,
    ...flags(manner),
  ],
]

export const resumeWords = (out: string, manner: Manner): string[] => [
  'train',
  '--resume',
  ...['--out', out, ...flags(manner)],
]

export const begin = (words: readonly string[], temporary: string): Running =>
  startHebb(words, { env: { TMPDIR: temporary } })

/** Waits until something is true, or the process has ended; says which. */
export async function awaiting({ hasEnded }: Running, isTrue: () => boolean): Promise<boolean> {
  while (!hasEnded()) {
    if (isTrue()) return true
    await setTimeout(2)
  }
  return false
}

/** Waits for the moment of a kill; `look` is called meanwhile, again and again. */
export async function momentOf(
  running: Running,
  out: string,
  { moment, milliseconds }: Kill,
  look: () => void,
) {
  if (moment === 'training') await awaiting(running, () => hasBegun(out))
  if (moment === 'writing') await awaiting(running, () => isWriting(out))
  const end = performance.now() + milliseconds
  await awaiting(running, () => {
    if (moment === 'training') look()
    return performance.now() >= end
  })
}

/** Kills as the plan says; whether there was anybody to kill. */
export function deliver({ pid, mark }: Running, victim: Victim): boolean {
  const inner = marked(mark).filter((other) => other !== pid)
  const order = {
    outer: [pid],
    inner,
    group: [-pid],
    'outer, inner': [pid, ...inner],
    'inner, outer': [...inner, pid],
  }[victim]
  return order.filter((each) => kill(each)).length > 0
}
