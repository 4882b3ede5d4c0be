import { carriedWords } from '../../../runtime/hosts/run-flags.ts'
import { parallels } from '../../../runtime/train/parallel.ts'
import { threadsOfRun } from '../sweep/plan.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'
import type { Slot } from './worker.ts'

interface Places extends Slot {
  readonly bundle: string
  readonly data: string
  readonly out: string
}

/** The command line that makes a run here, behind `hebb run`. */
export const wordsOf = (
  { flags, seed, threads, steps, provider, data: { split }, bundle: { identity } }: RunJob,
  { device, bundle, data, out }: Places,
): string[] => [
  ...[bundle, ...carriedWords(flags)],
  ...[`--seed=${seed}`, `--threads=${threads}`, `--provider=${provider}`, `--expect=${identity}`],
  ...('--steps' in flags || '--epochs' in flags ? [] : [`--steps=${steps}`]),
  ...(device === undefined ? [] : [`--device=${device}`]),
  ...[`--data=${data}`, `--split=${split}`, `--out=${out}`],
]

/** Threads of a run that have operations of their own: its allocator is to suit them. */
export function threadsOf({ flags }: RunJob): number {
  const { '--workers': workers, '--parallel': way } = flags
  return threadsOfRun({
    workers: workers === undefined ? undefined : Number(workers),
    parallel: parallels.find((each) => each === way),
  })
}
