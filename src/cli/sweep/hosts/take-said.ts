import { writeAtomically } from '../../../../runtime/files/atomic.ts'
import { storeOf } from '../../../../runtime/hosts/files.ts'
import { fileBucket } from '../../../../runtime/hosts/names.ts'
import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { getSaid } from '../../../../runtime/hosts/said.ts'
import { UserError } from '../../../base/error.ts'
import { printableLines } from '../../../base/printable.ts'
import { logOf, type RecordedRun } from '../record.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'

interface TakeSaidOptions {
  readonly server: Server
  /** Of the sweep. */
  readonly out: string
  readonly again: AgainOptions
  /** Hears why it is not here, where it cannot be fetched. */
  readonly tell: (line: string) => void
}

/**
 * What a run has said at its workers, to where it lies of a run that is made here: what began here went along to the server, and
 * comes back with the rest. It is text of others: in the file, too, it moves nobody's cursor.
 */
export async function takeSaid(
  run: RecordedRun,
  job: RunJob,
  { server, out, again, tell }: TakeSaidOptions,
): Promise<void> {
  if (!job.said) return
  try {
    const store = storeOf(await server.files(fileBucket(job.job)), recordOfRun(job))
    const text = new TextDecoder().decode(await getSaid(store, job.said, again))
    writeAtomically(logOf(out, run), [printableLines(text)])
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    // Figures do not depend on it.
    tell(`${run.name}: what it has said is not here: ${error.message}`)
  }
}
