import { Command } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../runtime/files/atomic.ts'
import { UserError } from '../base/error.ts'
import { jsonText } from '../base/printable.ts'
import { folder, parseFlags, seedNumber, wholeNumber } from './flags.ts'
import { interruptible } from './interrupt.ts'
import { placeForFile } from './outputs.ts'
import { plannedChecks } from '../../theory/all-checks.ts'
import { checkText, failures } from '../../theory/report.ts'
import { duration } from './units.ts'
import type { CheckResult } from '../../theory/check.ts'

const flagSchema = z.object({
  networks: wholeNumber(1, 1_000_000).default(50),
  seed: seedNumber.default(0),
  json: folder.optional(),
})
type Flags = z.infer<typeof flagSchema>

class Stopped extends Error {}

/** Prints each check as soon as it is done. Returns what was found, or nothing where it was stopped. */
async function runChecks({ networks, seed }: Flags, signal: AbortSignal): Promise<CheckResult[] | undefined> {
  const goOn = () => {
    if (signal.aborted) throw new Stopped()
  }
  const results: CheckResult[] = []
  try {
    for (const { name, run } of plannedChecks(networks)) {
      console.error(`Checking ${name} …`)
      const result = await run({ seed, goOn })
      goOn()
      console.log(`${checkText(result)}\n`)
      results.push(result)
    }
  } catch (error) {
    if (error instanceof Stopped) return undefined
    throw error
  }
  return results
}

/** @returns whether it came to its end */
async function theory(flags: Flags, signal: AbortSignal): Promise<boolean> {
  const place = flags.json === undefined ? undefined : placeForFile(flags.json)
  const began = performance.now()
  const checks = await runChecks(flags, signal)
  if (!checks) return false
  const failed = failures(checks)
  const { networks, seed } = flags
  if (place !== undefined)
    writeAtomically(place, [`${jsonText({ seed, networks, passed: failed.length === 0, checks })}\n`])
  const claims = checks.reduce((sum, { verdicts }) => sum + verdicts.length, 0)
  if (failed.length > 0)
    throw new UserError('TheoryError', `${failed.length} of ${claims} claims do not hold`, {
      details: failed,
      help: 'The figures are in the tables above; docs/theory.md says what each check does.',
    })
  console.log(`All ${claims} claims hold (${duration((performance.now() - began) / 1000)}).`)
  return true
}

export const theoryCommand = (): Command =>
  new Command('theory')
    .summary('check the theory of local gradients on deep linear networks')
    .description(
      'Check on deep linear networks, in float64 on compiled graphs, where local gradients equal backpropagated ' +
        'ones and how far they are elsewhere. Every projection is at the optimum of its own loss over a whole data ' +
        'set; gradients of a mini-batch are compared. docs/theory.md says what is proved and what is measured.',
    )
    .option(
      '--networks <number>',
      'random networks with shrinking widths (default: 50); at most 5 in the other checks',
    )
    .option('--seed <number>', 'of networks, images and negatives (default: 0)')
    .option('--json <file>', 'also write all figures as JSON')
    .addHelpText(
      'after',
      `
Examples:
  hebb theory
  hebb theory --networks 200 --seed 1
  hebb theory --json runs/theory.json

Exit code 1 where a claim does not hold.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      await interruptible(
        'Stopping after this network.',
        (signal) => theory(flags, signal),
        (finished) => !finished,
      )
    })
