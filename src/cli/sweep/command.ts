import { basename } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { requireNoRun } from '../../../runtime/files/run-folder.ts'
import { whileLocked } from '../../../runtime/files/run-lock.ts'
import { UserError } from '../../base/error.ts'
import { printableLines } from '../../base/printable.ts'
import { compareRuns } from '../compare/comparison.ts'
import { runsCsv } from '../compare/files.ts'
import { isMeasured, measuredRun } from '../compare/measured.ts'
import { comparisonText } from '../compare/text.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseFlags, wholeNumber } from '../flags.ts'
import { interruptible } from '../interrupt.ts'
import { requireFolderPlace } from '../outputs.ts'
import { addRunFlags, runFlags } from '../run/flags.ts'
import { checkTrainFlags } from '../train-flags.ts'
import { isPlain } from '../../lang/check.ts'
import { addAxis, seedList, type Over } from './axes.ts'
import { showBoard } from './board.ts'
import { requireOptions } from './check-options.ts'
import { planSweep, type SweepPlan } from './plan.ts'
import { begunRuns, sweepFiles } from './record.ts'
import { failureText } from './failure-text.ts'
import { runAll, type Failures } from './run-all.ts'
import { runSettings, type RunSettings } from './settings.ts'
import { sweepWords } from './sweep-file.ts'

const flagSchema = z.object({
  ...runFlags,
  over: z.custom<Over>((given) => typeof given === 'object').default({}),
  seeds: seedList.default([0]),
  jobs: wholeNumber(1, 1024).default(1),
})
type Flags = z.infer<typeof flagSchema>

/** Checked as far as that can be before a run is made. */
function asked(command: Command, programs: readonly string[]): { flags: Flags; settings: RunSettings } {
  const fail = (problem: string) =>
    command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
  if (programs.length === 0) fail("missing required argument 'programs'")
  if (command.getOptionValue('seed') !== undefined)
    fail('a sweep has --seeds: --seeds 5, or --seeds 7, for one')
  for (const program of programs) checkTrainFlags(command, program)
  const flags = parseFlags(command, flagSchema)
  const twice = Object.keys(flags.over).find((name) => Object.hasOwn(flags.set ?? {}, name))
  if (twice !== undefined) fail(`'${twice}' is set and varied: leave one of them out`)
  return { flags, settings: runSettings(command) }
}

async function sweep(plan: SweepPlan, { flags, settings }: ReturnType<typeof asked>): Promise<void> {
  const { out, jobs, workers = 1 } = flags
  const failures = await interruptible(
    'Stopping all runs, each with a checkpoint. The same command goes on.',
    (signal) => runAll(plan, { out, settings, jobs, workers, signal, board: showBoard }),
    (result) => result === undefined,
  )
  tellResults(out, failures)
}

/** The table of what has come to its end, and what has not, and why. */
function tellResults(out: string, failures: Failures): void {
  if (failures === undefined) {
    console.log(`stopped; the same command goes on with ${out}`)
    return
  }
  const measured = begunRuns(out).map(measuredRun)
  if (measured.some(isMeasured)) {
    const comparison = compareRuns(measured)
    writeAtomically(sweepFiles(out).table, [runsCsv(comparison)])
    console.log(comparisonText(comparison, false))
  }
  if (failures.size === 0) return
  console.error(printableLines(`\n${failureText(failures)}`))
  process.exitCode = exitCodes.userError
}

interface Read {
  readonly command: Command
  readonly programs: readonly string[]
}

/** Whether a word says of a switch what it is where nothing is said, so that there is no flag for it: `--report`. */
function isUsual(command: Command, word: string): boolean {
  const knows = (flag: string) => command.options.some(({ long }) => long === flag)
  const opposite = word.startsWith('--no-') ? `--${word.slice(5)}` : `--no-${word.slice(2)}`
  return word.startsWith('--') && !knows(word) && knows(opposite)
}

/** What a file says of a sweep, with what the command line says beside it, which comes first. */
function withFile(words: readonly string[], path: string, given: Command): Read {
  const command = sweepCommand().copyInheritedSettings(given)
  const { operands, unknown } = command.parseOptions(words.filter((word) => !isUsual(command, word)))
  if (unknown.length > 0)
    throw new UserError('SweepError', `${path}: hebb sweep has no ${unknown.join(' ')}`, {
      help: 'flags are those of hebb run, without their dashes: { align: true }',
    })
  for (const option of given.options) {
    const name = option.attributeName()
    if (given.getOptionValueSource(name) !== 'cli') continue
    const value: unknown = given.getOptionValue(name)
    const before: unknown = command.getOptionValue(name)
    const both = isPlain(value) && isPlain(before) ? { ...before, ...value } : value
    command.setOptionValueWithSource(name, both, 'cli')
  }
  return { command, programs: operands }
}

export const sweepCommand = (): Command =>
  addRunFlags(
    new Command('sweep')
      .summary('runs over options, programs and seeds')
      .description(
        'Make a run for every combination of programs, values of their options and seeds, each as hebb run does, in a ' +
          'folder of its own; then compare them. The same command goes on with what was stopped or killed; one with more ' +
          'seeds, values or programs extends the sweep.',
      )
      .argument('[programs...]', 'programs or bundles; or one file that exports sweep({ … })'),
  )
    .option(
      '--over <name=values>',
      'values of an option of the programs: lr=1e-4,2e-4; an --over for each option',
      addAxis,
    )
    .option(
      '--seeds <seeds>',
      'a number of them, from 0 up (5), a range (0..4), or which (0,3,7) (default: 0 alone)',
    )
    .option('--jobs <number>', 'runs at once; the cores are divided among them (default: 1)')
    .addHelpText(
      'after',
      `
Examples:
  hebb sweep mine.ts --data data/fashion-mnist --out sweeps/lr --over lr=1e-4,2e-4 --seeds 3 --epochs 2
  hebb sweep local.ts global.ts --data data/fashion-mnist --out sweeps/credit --seeds 5 --jobs 2
  hebb sweep sweep.ts --out sweeps/all

sweep.json says what the sweep is, sweep.csv has a row for each run, NAME.log is what a run has said.
Ctrl-C stops all runs, each with a checkpoint.`,
    )
    .action(async (paths: string[], _options: unknown, given: Command) => {
      const [path] = paths
      const words = path !== undefined && paths.length === 1 ? await sweepWords(path) : undefined
      const read: Read =
        words === undefined || path === undefined
          ? { command: given, programs: paths }
          : withFile(words, path, given)
      const request = asked(read.command, read.programs)
      const { out, jobs, workers = 1, threads, seeds, set = {}, over } = request.flags
      requireFolderPlace(
        out,
        Object.values(sweepFiles(out)).map((file) => basename(file)),
      )
      requireNoRun(out)
      const axes = {
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [name, [value]])),
        ...over,
      }
      await whileLocked(out, async () => {
        const { fixed } = request.settings
        const plan = planSweep({
          out,
          programs: read.programs,
          over: axes,
          seeds,
          fixed,
          jobs,
          workers,
          threads,
        })
        await requireOptions(plan.added, request.flags.timeout)
        await sweep(plan, request)
      })
    })
