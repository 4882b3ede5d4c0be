import { writeAtomically } from '../../../../runtime/files/atomic.ts'
import { storeOf } from '../../../../runtime/hosts/files.ts'
import { fileBucket } from '../../../../runtime/hosts/names.ts'
import { recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { getSaid } from '../../../../runtime/hosts/said.ts'
import { UserError } from '../../../base/error.ts'
import { printableLines } from '../../../base/printable.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'

interface TakeSaidOptions {
  readonly server: Server
  /** Where it goes; what began here went along to the server, and comes back with the rest. */
  readonly log: string
  readonly again: AgainOptions
}

/**
 * What a run has said at its workers, to where it lies of a run that is made here. It is text of others: in the file, too, it
 * moves nobody's cursor.
 *
 * @returns why it is not here; undefined where it is, or nothing was said
 */
export async function takeSaid(
  job: RunJob,
  { server, log, again }: TakeSaidOptions,
): Promise<string | undefined> {
  if (!job.said) return undefined
  try {
    const store = storeOf(await server.files(fileBucket(job.job)), recordOfRun(job))
    const text = new TextDecoder().decode(await getSaid(store, job.said, again))
    writeAtomically(log, [printableLines(text)])
    return undefined
  } catch (error) {
    // Figures do not depend on it.
    if (error instanceof UserError) return error.message
    throw error
  }
}
