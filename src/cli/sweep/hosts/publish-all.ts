import { runFiles } from '../../../../runtime/files/run-folder.ts'
import { UserError } from '../../../base/error.ts'
import { isThere } from '../../../base/file-kind.ts'
import { untilFree } from '../child.ts'
import { isDone, logOf, runFolder, type RecordedRun, type SweepRecord } from '../record.ts'
import { tell } from '../../shown.ts'
import { wordsOf } from '../settings.ts'
import { isFinished } from './collect.ts'

import { Publisher, type Begun, type Publishing } from './publish.ts'
import type { Prepared, Preparing } from '../prepare.ts'
import type { Request } from '../request.ts'

export interface PublishAllOptions extends Publishing {
  readonly sweep: SweepRecord
  readonly wanted: readonly RecordedRun[]
  readonly preparing: Preparing
}

/**
 * Publishes all runs that are to be made, each program compiled once.
 *
 * @returns how many are there now, and why others are not, by their names: as on one machine, they stop no others
 * @throws UserError ('ServerError')
 */
export async function publishAll(
  { flags, settings }: Request,
  { sweep, wanted, preparing, ...publishing }: PublishAllOptions,
): Promise<{ readonly published: number; readonly failures: ReadonlyMap<string, string> }> {
  const { out } = flags
  const judged = wordsOf(settings.judging).join(' ')
  const failures = new Map<string, string>()
  const publisher = await Publisher.open(publishing)
  let published = 0
  for (const run of wanted) {
    if (isDone(out, run, judged) || isFinished(out, run)) continue
    const prepared = await preparedOrWhy(run, () => preparing.of(run, sweep), publisher)
    if (typeof prepared === 'string') failures.set(run.name, prepared)
    else {
      await publisher.publish(run, prepared, await begunHere(out, run))
      published++
    }
  }
  return { published, failures }
}

/** What a user has to mend of one run is told of that run. */
async function preparedOrWhy(
  run: RecordedRun,
  prepare: () => Promise<Prepared>,
  publisher: Publisher,
): Promise<Prepared | string> {
  try {
    const prepared = await prepare()
    publisher.requireSame(run, prepared)
    return prepared
  } catch (error) {
    if (error instanceof UserError) return `${error.name}: ${error.message}`
    throw error
  }
}

/** Where a run began here that others go on with. */
async function begunHere(out: string, run: RecordedRun): Promise<Begun | undefined> {
  const folder = runFolder(out, run)
  if (!isThere(runFiles(folder).record)) return undefined
  await untilFree(folder, new AbortController().signal, (pid) => {
    tell(`${run.name}: waiting for process ${pid}, which still has it`)
  })
  return { folder, log: logOf(out, run) }
}
