import { Command } from 'commander'
import { findData } from '../../../runtime/data/open.ts'
import { whileLocked } from '../../../runtime/files/run-lock.ts'
import { placeOfRun } from '../../../runtime/train/devices.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseFlags } from '../flags.ts'
import { canGoOn, tellStopped } from '../goes-on.ts'
import { givenWords } from '../given-words.ts'
import { isProgramPath } from '../load-program.ts'
import { requireFolderPlace } from '../outputs.ts'
import { probeDefaults } from '../probe-trained.ts'
import { addOperationFlags } from '../operation-flags.ts'
import { checkTrainFlags } from '../train-flags.ts'
import { addRunFlags, flagSchema, type Flags } from './flags.ts'
import { alignRun, probeRun, reportRun } from './judge.ts'
import { tellOutcome } from './outcome.ts'
import { whyNoProbes } from './probes-possible.ts'
import { trainRun, type Finished } from './train-run.ts'

/** Probes and measures a run that is trained. */
async function judge(finished: Finished, program: string, flags: Flags): Promise<void> {
  const { data, k, labels, align, timeout } = flags
  const { record } = finished.run
  // As it was trained: so that who asks again is answered the same.
  const session = placeOfRun(record, flags)
  const without = await whyNoProbes(finished.run.bundle, await findData(data))
  const settings = { k, labels, epochs: flags.probeEpochs, seed: probeDefaults.seed }
  if (without === undefined)
    await probeRun(finished, {
      ...{ data, ...session, ...settings },
      ...{ layers: true, folds: false, average: false, at: 'last' },
    })
  const measure = { data, ...session, timeout, batches: flags.alignBatches, seed: record.seed }
  if (align && !(await alignRun(finished, program, measure))) {
    tellStopped()
    return
  }
  const makeReport = flags.report ? () => reportRun(finished, { data, ...session }) : undefined
  await tellOutcome(finished.run, { without, align, makeReport })
}

export const runCommand = (): Command =>
  addOperationFlags(
    addRunFlags(
      new Command('run')
        .summary('train, probe and report in one')
        .description(
          'Train a bundle, or a program compiled on the fly, and measure what it has come to: probes of every layer on the ' +
            'test images and, with --align, how far its updates are those of backpropagation. The same command goes ' +
            'on with what was stopped or killed, and does nothing twice.',
        )
        .argument('<bundle>', 'a bundle, a program.ts or program.ts#export'),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb run mine.ts --data data/fashion-mnist --out runs/mine --epochs 8
  hebb run mine.ts --data data/fashion-mnist --out runs/mine --epochs 8 --align

The run's folder then holds probe.json, report.html and, with --align, alignment.json, too.
Ctrl-C stops; the same command goes on, and comes to the same files.`,
    )
    .action(async (program: string, _options: unknown, command: Command) => {
      checkTrainFlags(command)
      const flags = parseFlags(command, flagSchema)
      if (flags.align && !isProgramPath(program))
        command.error('error: --align is of programs: give the program.ts in place of its bundle', {
          exitCode: exitCodes.usage,
        })
      requireFolderPlace(flags.out)
      const goesOn = { how: 'the same command goes on', of: { run: flags.out } }
      canGoOn(goesOn)
      const finished = await trainRun(program, flags, givenWords(command))
      if (!finished) return
      canGoOn(goesOn)
      await whileLocked(flags.out, () => judge(finished, program, flags))
    })
