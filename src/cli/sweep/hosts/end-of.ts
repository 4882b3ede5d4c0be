import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { isFinished } from './collect.ts'
import { whyFailed } from './seen.ts'
import { strangeText, type There } from './there.ts'
import type { Held } from '../../../../runtime/hosts/records.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { RecordedRun } from '../record.ts'

/** How a run has ended on the server: it is to be fetched, or judged where it is here already, has failed, or was never published. */
export interface End {
  readonly held: Held<RunJob> | undefined
  readonly failure?: string
  readonly isUnpublished?: boolean
}

/** Undefined of a run that is made still. */
export function endOf(
  run: RecordedRun,
  { records, strange }: There,
  { job, out }: { readonly job: string; readonly out: string },
): End | undefined {
  const key = recordOfRun({ job, name: run.name })
  const problem = strange.get(key)
  if (problem !== undefined) return { held: undefined, failure: strangeText(problem, out) }
  const held = records.get(key)
  if (!held) return withoutRecord(run, out)
  const { state } = held.value
  if (state === 'done') return { held }
  return state === 'failed' ? { held, failure: whyFailed(held.value) } : undefined
}

function withoutRecord(run: RecordedRun, out: string): End {
  if (isFinished(out, run)) return { held: undefined }
  if (run.published === undefined) return { held: undefined, isUnpublished: true }
  return {
    held: undefined,
    failure:
      'not on the server any more: somebody has removed it there; the command of the sweep publishes it again',
  }
}
