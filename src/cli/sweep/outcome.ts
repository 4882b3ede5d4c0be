import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { printableLines } from '../../base/printable.ts'
import { compareRuns } from '../compare/comparison.ts'
import { runsCsv } from '../compare/files.ts'
import { isMeasured, measuredRun } from '../compare/measured.ts'
import { comparisonText } from '../compare/text.ts'
import { exitCodes } from '../exit-codes.ts'
import { isJson, tellEvent } from '../log.ts'
import { failureText } from './failure-text.ts'
import { begunRuns, sweepFiles } from './record.ts'
import type { Failures } from './run-all.ts'

/** Tells how a sweep ended: the table of what has come to its end, and what has not, and why. */
export function tellOutcome(out: string, failures: Failures): void {
  if (failures === undefined) {
    tellEnd('stopped', { sweep: out }, `stopped; the same command goes on with ${out}`)
    return
  }
  const { table } = sweepFiles(out)
  const measured = begunRuns(out).map(measuredRun)
  if (measured.some(isMeasured)) {
    const comparison = compareRuns(measured)
    writeAtomically(table, [runsCsv(comparison)])
    const ended = { sweep: out, table, failed: [...failures.keys()] }
    tellEnd('swept', ended, comparisonText(comparison, false))
  }
  if (failures.size === 0) return
  tellFailures(failureText(failures))
  process.exitCode = exitCodes.userError
}

function tellEnd(event: string, fields: object, text: string): void {
  if (isJson()) tellEvent('info', event, fields, process.stdout)
  else console.log(text)
}

function tellFailures(message: string): void {
  if (isJson()) tellEvent('error', 'error', { message })
  else console.error(printableLines(`\n${message}`))
}
