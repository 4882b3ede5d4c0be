import { Command } from 'commander'
import { z } from 'zod'
import { findData } from '../../../runtime/data/open.ts'
import { openRun, runFiles } from '../../../runtime/files/run-folder.ts'
import { imagesOfRun } from '../../../runtime/train/reopen.ts'
import { whileLocked } from '../../../runtime/files/run-lock.ts'
import { isThere } from '../../base/file-kind.ts'
import { bundleFrom } from '../bundle-from.ts'
import { classesOfData, type ClassesOf } from '../classes.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseFlags } from '../flags.ts'
import { givenWords } from '../given-words.ts'
import { isProgramPath } from '../load-program.ts'
import { requireFolderPlace } from '../outputs.ts'
import { preparingVisibly } from '../preparing.ts'
import { probeDefaults } from '../probe-trained.ts'
import { checkTrainFlags } from '../train-flags.ts'
import { summaryText, trainVisibly } from '../train-visibly.ts'
import { showPath } from '../user-line.ts'
import { addRunFlags, runFlags } from './flags.ts'
import { alignRun, probeRun, reportRun, whyNoProbes, type Finished } from './judge.ts'
import { finishedCheckpoint, requireExpected, requireSameRun, stepsAsked } from './same-run.ts'
import { runText } from './text.ts'

const flagSchema = z.object(runFlags)
type Flags = z.infer<typeof flagSchema>

/** Trains a run, which keeps the words of the command, or goes on with it; undefined where it was stopped. */
async function trainRun(
  program: string,
  flags: Flags,
  words: readonly string[],
): Promise<Finished | undefined> {
  const { data, out, stepsPerRun, timeout, set, expect, ...rest } = flags
  const source = await findData(data)
  const classesOf: ClassesOf = (input) => classesOfData(source)(input)
  const bundle = await bundleFrom(program, { stepsPerRun, timeout, set, classesOf })
  if (expect !== undefined) requireExpected(bundle, expect, program)
  const resume = isThere(runFiles(out).record)
  if (resume) {
    const run = openRun(out)
    requireSameRun(run, { ...flags, steps: await stepsAsked(run, source, flags) }, bundle, program)
    const checkpoint = finishedCheckpoint(run)
    if (checkpoint !== undefined) {
      // Whoever trains on asks for its images; of one that is trained, others would be told to be what it knows of these.
      const { onProgress: onPreparing, onNotice } = preparingVisibly()
      await imagesOfRun(run, { out, data: source, split: flags.split, onPreparing, onNotice })
      return { run, checkpoint }
    }
  }
  const { seed, epochs, steps, init, initLayers, ...kept } = rest
  const begun = { bundle, command: words, seed, epochs, steps, init, initLayers }
  const summary = await trainVisibly({ out, data: source, ...kept, ...(resume ? { resume } : begun) })
  console.log(summaryText(summary, out, 'the same command'))
  const run = openRun(out)
  const checkpoint = finishedCheckpoint(run)
  return checkpoint === undefined ? undefined : { run, checkpoint }
}

/** Probes and measures a run that is trained. */
async function judge(finished: Finished, program: string, flags: Flags): Promise<void> {
  const { data, k, labels, align, timeout } = flags
  const { record } = finished.run
  // As it was trained: so that who asks again is answered the same.
  const { provider = record.provider, threads = record.threads } = flags
  const without = await whyNoProbes(finished.run, data)
  const settings = { k, labels, epochs: flags.probeEpochs, seed: probeDefaults.seed }
  if (without === undefined)
    await probeRun(finished, {
      ...{ data, provider, threads, ...settings },
      ...{ layers: true, folds: false, average: false, at: 'last' },
    })
  const measure = { data, provider, threads, timeout, batches: flags.alignBatches, seed: record.seed }
  if (align && !(await alignRun(finished, program, measure))) return
  console.log(runText(finished.run, { without, align }))
  if (flags.report)
    console.log(`\nThe report: ${showPath(await reportRun(finished, { data, provider, threads }))}`)
}

export const runCommand = (): Command =>
  addRunFlags(
    new Command('run')
      .summary('train, probe and report in one')
      .description(
        'Train a bundle, or a program compiled on the fly, and measure what it has come to: probes of every layer on the ' +
          'test images and, with --align, how far its updates are those of backpropagation. The same command goes ' +
          'on with what was stopped or killed, and does nothing twice.',
      )
      .argument('<bundle>', 'a bundle, a program.ts or program.ts#export'),
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
      checkTrainFlags(command, program)
      const flags = parseFlags(command, flagSchema)
      if (flags.align && !isProgramPath(program))
        command.error('error: --align is of programs: give the program.ts in place of its bundle', {
          exitCode: exitCodes.usage,
        })
      requireFolderPlace(flags.out)
      const finished = await trainRun(program, flags, givenWords(command))
      if (finished) await whileLocked(flags.out, () => judge(finished, program, flags))
    })
