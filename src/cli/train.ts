import { Command, Option } from 'commander'
import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { printable } from '../base/printable.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { showProgress } from '../../runtime/train/progress.ts'
import { splits } from '../../runtime/data/dataset.ts'
import { openRun, requireNoRun } from '../../runtime/files/run-folder.ts'
import { DEFAULT_EPOCHS } from '../../runtime/train/run-plan.ts'
import { DEFAULT_AHEAD, train, type TrainOptions, type TrainSummary } from '../../runtime/train/train.ts'
import { bundleFrom } from './bundle-from.ts'
import { exitCodes } from './exit-codes.ts'
import { folder, names, parseFlags, seedNumber, wholeNumber } from './flags.ts'
import { interruptible } from './interrupt.ts'
import { findData } from '../../runtime/data/open.ts'
import type { DataSource } from '../../runtime/data/format.ts'
import { classesOfData, classesOfRun, type ClassesOf } from './classes.ts'
import { preparingVisibly } from './preparing.ts'
import { isProgramPath } from './load-program.ts'
import { addStepsFlag, stepsFlag } from './lowering-flags.ts'
import { requireFolderPlace } from './outputs.ts'
import { addProgramFlags, programFlags } from './program-flags.ts'
import { addSessionFlags, MOST_THREADS, sessionFlags } from './session-flags.ts'
import { duration, plural } from './units.ts'

const flagSchema = z.object({
  out: folder,
  data: folder.optional(),
  split: z.enum(splits).optional(),
  epochs: wholeNumber(1, 1_000_000).optional(),
  steps: wholeNumber(1).optional(),
  seed: seedNumber.optional(),
  checkpointEvery: wholeNumber(1).optional(),
  keep: wholeNumber(1).optional(),
  keepBest: z.string().min(1, 'must be a metric').optional(),
  resume: z.boolean().default(false),
  fromStep: wholeNumber(1).optional(),
  init: folder.optional(),
  initLayers: names.optional(),
  workers: wholeNumber(1, MOST_THREADS).optional(),
  prepareAhead: wholeNumber(0, 1000).optional(),
  ...stepsFlag,
  ...sessionFlags,
  ...programFlags,
})
/** A run knows its bundle and its data: only a new one needs to be told. */
const newRunSchema = flagSchema.extend({ data: folder })

/** A run that goes on must be given the program that it began with, if it is given one; `named` is how. */
function requireSameProgram(bundle: Bundle, named: string, out: string): void {
  if (bundle.identity === openRun(out).record.identity) return
  throw new UserError('RunError', `${out} is a run of another program than ${named}`, {
    help: `Go on without naming a bundle: hebb train --resume --out ${out}; or start a new run in another folder.`,
  })
}

const trainVisibly = (options: TrainOptions): Promise<TrainSummary> => {
  const notice = 'Stopping after this step, with a checkpoint. Ctrl-C again stops at once.'
  const visibly = async (signal: AbortSignal) => {
    const progress = showProgress()
    try {
      const { onProgress: onPreparing, onNotice } = preparingVisibly()
      const shown = { onPreparing, onNotice, onData: console.error, onProgress: progress.update }
      return await train({ ...options, signal, ...shown })
    } finally {
      progress.stop()
    }
  }
  return interruptible(notice, visibly, ({ stopped }) => stopped)
}

function summaryText(
  { step, totalSteps, seconds, imagesPerSecond, losses, stopped }: TrainSummary,
  out: string,
) {
  if (!stopped && imagesPerSecond === 0) return `all ${plural(step, 'step')} of ${out} were done already`
  const after = step === 0 ? 'before the first step' : `after step ${step}`
  const ended = stopped ? `stopped ${after} of ${totalSteps}` : `trained ${plural(step, 'step')}`
  const shown = Object.entries(losses).map(([layer, loss]) => `${printable(layer)} ${loss.toPrecision(4)}`)
  return [
    `${ended}, ${duration(seconds)}, ${Math.round(imagesPerSecond)} images/s`,
    ...(shown.length > 0 ? [`last losses: ${shown.join(', ')}`] : []),
    stopped ? `go on with: hebb train --resume --out ${out}` : `the run is in ${out}`,
  ].join('\n')
}

export const trainCommand = (): Command =>
  addProgramFlags(
    addStepsFlag(
      addSessionFlags(
        new Command('train')
          .summary('train a bundle on images')
          .description('Train a bundle, or a program compiled on the fly, on a folder of images.')
          .argument('[bundle]', 'a bundle, a program.ts or program.ts#export; not needed with --resume')
          .option(
            '--data <path>',
            'what to train on: a folder, an archive, KIND:PATH, or mine.ts#dataset (see hebb data --help)',
          )
          .option(
            '--split <name>',
            'of the data set: train, or unlabelled, which is the default where there is any',
          )
          .option('--out <folder>', 'the run: its bundle, metrics.jsonl and checkpoint.safetensors')
          .option('--epochs <number>', `length of the run (default: ${DEFAULT_EPOCHS})`)
          .addOption(new Option('--steps <number>', 'length of the run in batches').conflicts('epochs'))
          .option('--seed <number>', 'of weights, batches, views and negatives (default: 0)')
          .option('--checkpoint-every <number>', 'steps between checkpoints (default: an epoch)')
          .option(
            '--keep <number>',
            'keep the last checkpoints, this many, by number (default: the last alone)',
          )
          .option(
            '--keep-best <metric>',
            "keep the best checkpoint: the smallest loss, or a layer's: conv1.loss",
          )
          .option('--resume', 'go on from the last checkpoint, to the same bits as without the break')
          .addOption(
            new Option('--from-step <number>', 'with --resume: go on from this checkpoint, which was kept'),
          )
          .addOption(
            new Option(
              '--init <weights>',
              "start with an encoder's weights: a run, or a .safetensors file with PyTorch's names or ours",
            ).conflicts('resume'),
          )
          .addOption(
            new Option('--init-layers <names>', 'with --init: take those of these layers alone: conv1,conv2'),
          )
          .option(
            '--workers <number>',
            'threads that train different layers at once, to the same bits as one with as many --threads (default: 1)',
          )
          .option(
            '--prepare-ahead <number>',
            `batches that a thread prepares ahead, to the same bits (default: ${DEFAULT_AHEAD})`,
          ),
      ),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb train bundles/mine --data data/fashion-mnist --out runs/mine --epochs 8
  hebb train mine.ts --data data/fashion-mnist --out runs/short --steps 100 --seed 1
  hebb train --resume --out runs/mine
  hebb train --resume --out runs/mine --epochs 16
  hebb train --resume --out runs/mine --from-step 1500
  hebb train bundles/mine --data data/fashion-mnist --out runs/mine --keep 3 --keep-best loss
  hebb train other.ts --data data/fashion-mnist --out runs/other --init runs/mine --init-layers conv1,conv2
  hebb train bundles/mine --data data/fashion-mnist --out runs/two --workers 2

With --resume, --epochs or --steps is the new length of the whole run: a schedule is then taken over all of it.
Ctrl-C finishes the step, writes a checkpoint and says how to go on.`,
    )
    .action(async (bundle: string | undefined, _options: unknown, command: Command) => {
      const resume = command.getOptionValue('resume') === true
      if (bundle === undefined && !resume) command.error("error: missing required argument 'bundle'")
      const misplaced = (flag: string, other: string) =>
        command.error(`error: option '${flag}' is for ${other}`, { exitCode: exitCodes.usage })
      if (!resume && command.getOptionValue('fromStep') !== undefined) misplaced('--from-step', '--resume')
      if (command.getOptionValue('init') === undefined && command.getOptionValue('initLayers') !== undefined)
        misplaced('--init-layers', '--init')
      const { data, stepsPerRun, timeout, set, ...flags } = parseFlags(
        command,
        resume ? flagSchema : newRunSchema,
      )
      if (stepsPerRun !== undefined && !(bundle !== undefined && isProgramPath(bundle)))
        command.error(
          'error: the steps per run of a bundle are fixed: give --steps-per-run to hebb compile',
          {
            exitCode: exitCodes.usage,
          },
        )
      requireFolderPlace(flags.out)
      if (!resume) requireNoRun(flags.out)
      // Looked for once a program is loaded that does not say how many classes there are.
      let found: DataSource | undefined
      const classesOf: ClassesOf = async (input) => {
        if (resume || data === undefined) return classesOfRun(openRun(flags.out))(input)
        found = await findData(data)
        return classesOfData(found)(input)
      }
      const load = {
        timeout,
        set,
        ...(resume ? { kept: openRun(flags.out).bundle.manifest.program.options } : {}),
      }
      const given =
        bundle === undefined ? {} : { bundle: await bundleFrom(bundle, { stepsPerRun, classesOf, ...load }) }
      if (resume && given.bundle) requireSameProgram(given.bundle, bundle ?? '', flags.out)
      const summary = await trainVisibly({
        ...flags,
        ...given,
        ...(data === undefined ? {} : { data: found ?? data }),
      })
      console.log(summaryText(summary, flags.out))
    })
