import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { printableLines } from '../../base/printable.ts'
import { compareRuns } from '../compare/comparison.ts'
import { runsCsv } from '../compare/files.ts'
import { isMeasured, measuredRun } from '../compare/measured.ts'
import { comparisonText } from '../compare/text.ts'
import { exitCodes } from '../exit-codes.ts'
import { isJson, tellEvent } from '../log.ts'
import { failureText } from './failure-text.ts'
import { madeRuns, madeText } from './made.ts'
import { begunRuns, sweepFiles } from './record.ts'
import type { Failures } from './run-all.ts'

/**
 * Tells how a sweep ended: the table of what has come to its end, and what has not, and why.
 *
 * @param stopped what is said of one that was stopped
 */
export function tellOutcome(
  out: string,
  failures: Failures,
  stopped = `stopped; the same command goes on with ${out}`,
): void {
  if (failures === undefined) {
    tellEnd('stopped', { sweep: out }, stopped)
    return
  }
  const { table } = sweepFiles(out)
  const measured = begunRuns(out).map(measuredRun)
  if (measured.some(isMeasured)) {
    const comparison = compareRuns(measured)
    const made = madeRuns(out)
    writeAtomically(table, [runsCsv(comparison, made)])
    const ended = { sweep: out, table, failed: [...failures.keys()] }
    tellEnd('swept', ended, `${comparisonText(comparison, false)}${madeText(made)}`)
  }
  tellFailures(failures)
}

/** What a command has come to: an event of a log, or text on standard output. */
export function tellEnd(event: string, fields: object, text: string): void {
  if (isJson()) tellEvent('info', event, fields, process.stdout)
  else console.log(text)
}

/** Where there are some, the command has failed. */
export function tellFailures(failures: ReadonlyMap<string, string>): void {
  if (failures.size === 0) return
  const message = failureText(failures)
  if (isJson()) tellEvent('error', 'error', { message })
  else console.error(printableLines(`\n${message}`))
  process.exitCode = exitCodes.userError
}
