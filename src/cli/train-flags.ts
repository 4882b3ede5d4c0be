import { Option, type Command } from 'commander'
import { z } from 'zod'
import { splits } from '../../runtime/data/dataset.ts'
import { ranges } from '../../runtime/given/ranges.ts'
import { DEFAULT_EPOCHS } from '../../runtime/train/run-plan.ts'
import { isSharded, parallels, workersOf } from '../../runtime/train/parallel.ts'
import { DEFAULT_AHEAD } from '../../runtime/train/train.ts'
import { exitCodes } from './exit-codes.ts'
import { folder, names, numberBetween, numbers, seedNumber, wholeNumber } from './flags.ts'
import { addShardsFlag, addStepsFlag, shardsFlag, stepsFlag } from './lowering-flags.ts'
import { addProgramFlags, programFlags, requirePrograms } from './program-flags.ts'
import { addSessionFlags, sessionFlags } from './session-flags.ts'

/** How a training is begun: flags of every command that trains. */
export const trainFlags = {
  out: folder,
  data: folder,
  split: z.enum(splits).optional(),
  epochs: wholeNumber(...ranges.epochs).optional(),
  steps: wholeNumber(...ranges.steps).optional(),
  seed: seedNumber.optional(),
  checkpointEvery: wholeNumber(...ranges.checkpointEvery).optional(),
  keep: wholeNumber(...ranges.keep).optional(),
  keepBest: z.string().min(1, 'must be a metric').optional(),
  probeEvery: numberBetween(0, Infinity).optional(),
  validation: numberBetween(0, 1).optional(),
  init: folder.optional(),
  initLayers: names.optional(),
  workers: wholeNumber(...ranges.workers).optional(),
  devices: numbers(...ranges.device).optional(),
  prepareAhead: wholeNumber(...ranges.prepareAhead).optional(),
  tensorboard: z.boolean().optional(),
  parallel: z.enum(parallels, `must be ${parallels.join(', ')}`).optional(),
  ...stepsFlag,
  ...shardsFlag,
  ...sessionFlags,
  ...programFlags,
}

export const addTrainFlags = (command: Command): Command =>
  addShardsFlag(
    addProgramFlags(
      addStepsFlag(
        addSessionFlags(
          command
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
              'keep the best checkpoint: the smallest loss, conv1.loss or validation.loss; the largest of what a rule logs, conv1.positive:max, or of probes: probe.linear',
            )
            .option(
              '--probe-every <epochs>',
              'probe every layer each time so many epochs are done, on fixed images, to the same bits: 1, 0.5',
            )
            .option(
              '--validation <fraction>',
              'set this part of the images aside: losses are measured, and probes judged, on them (every epoch, or --probe-every)',
            )
            .option('--tensorboard', 'keep a file of events for TensorBoard beside the metrics (default)')
            .option('--no-tensorboard', 'keep none, and remove the one that is there')
            .addOption(
              new Option(
                '--init <weights>',
                "start with an encoder's weights: a run, or a .safetensors file with PyTorch's names or ours",
              ).conflicts('resume'),
            )
            .addOption(
              new Option(
                '--init-layers <names>',
                'with --init: take those of these layers alone: conv1,conv2',
              ),
            )
            .option(
              '--workers <number>',
              'threads that train different layers at once, or with --shards 2 these in 2 shards each, to the same bits as one with as many --threads (default: 1)',
            )
            .option(
              '--parallel <way>',
              'what the cores do: threads of one operation, a shard each, a layer each (pipeline), or none: shards one after the other, in less memory (default: the fastest, of long runs)',
            )
            .addOption(
              new Option(
                '--devices <numbers>',
                'with --provider cuda and --workers or --parallel shards: the GPUs that these are dealt to in turn: 0,1',
              ).conflicts('device'),
            )
            .option(
              '--prepare-ahead <number>',
              `batches that a thread prepares ahead, to the same bits (default: ${DEFAULT_AHEAD})`,
            ),
        ),
      ),
    ),
    '; without --parallel, as with --parallel shards (default: one per core, where ways to use them are measured)',
  ).hook('preAction', (_, action) => {
    if (action.getOptionValue('shards') !== undefined)
      requirePrograms(action, '--shards', { does: 'deals the batches of programs', kept: 'shards' })
  })

/** What is wrong between flags, of a command that trains. */
export function checkTrainFlags(command: Command): void {
  const given = (name: string) => command.getOptionValue(name) !== undefined
  const fail = (problem: string) => command.error(`error: ${problem}`, { exitCode: exitCodes.usage })
  if (!given('init') && given('initLayers')) fail("option '--init-layers' is for --init")
  const { data: devices } = names.safeParse(command.getOptionValue('devices'))
  const workers = trainFlags.workers.safeParse(command.getOptionValue('workers')).data
  // Who asks for shards and says nothing else gets them.
  if (given('shards') && !given('parallel')) command.setOptionValueWithSource('parallel', 'shards', 'implied')
  const parallel = trainFlags.parallel.safeParse(command.getOptionValue('parallel')).data
  if (given('shards') && parallel !== undefined && !isSharded({ parallel }))
    fail(
      `--shards are for --parallel shards or none, not ${parallel}: leave one of them out; of layers and shards, give --shards 2 --workers 4`,
    )
  if (devices !== undefined && devices.length > (workersOf({ parallel, workers }) ?? Infinity))
    fail(`${devices.length} --devices need as many --workers, or --parallel shards: each is on one`)
  if ((parallel === 'threads' || parallel === 'none') && (workers ?? 1) > 1)
    fail(
      `--parallel ${parallel} is of one thread: leave --workers out, or give --parallel pipeline or shards`,
    )
}
