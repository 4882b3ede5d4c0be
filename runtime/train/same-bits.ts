import { UserError } from '../../src/base/error.ts'
import { describeTf32 } from '../session/options.ts'
import { describeStep, isSharded, type Division } from './parallel.ts'
import type { RunDevices } from './devices.ts'

/** What a run that goes on keeps, as its bits depend on it. */

/** The bits of shards are not those of whole batches: no run is of both. */
export function requireSameDealing(before: Division, now: Division, out: string): void {
  if (isSharded(before) === isSharded(now)) return
  throw new UserError(
    'RunError',
    `${out} was started ${describeStep(before)}, and cannot go on ${describeStep(now)}`,
    {
      help: `A resumed run keeps that: leave --parallel out, give ${isSharded(before) ? 'shards or none' : 'threads or pipeline'}, or start a new run.`,
    },
  )
}

/** What is computed with TF32 differs in its third digit: no run is of both kinds. On the CPU there is none. */
export function requireSameTf32({ tf32: before }: RunDevices, { tf32: now }: RunDevices, out: string): void {
  if (before === undefined || now === undefined || before === now) return
  throw new UserError(
    'RunError',
    `${out} was started ${describeTf32(before)}, and cannot go on ${describeTf32(now)}`,
    {
      help: 'A resumed run keeps that: leave --tf32 out, or start a new run.',
    },
  )
}
