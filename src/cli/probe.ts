import { Command } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../runtime/files/atomic.ts'
import { openTrained } from '../../runtime/files/trained.ts'
import { folder, numberBetween, parseFlags, seedNumber, which, wholeNumber } from './flags.ts'
import { placeForFile } from './outputs.ts'
import { probeDefaults as defaults, probeJson, probeText, probeTrained } from './probe-trained.ts'
import { standing } from './standing.ts'
import { addSessionFlags, sessionFlags } from './session-flags.ts'

const flagSchema = z.object({
  data: folder.optional(),
  epochs: wholeNumber(1, 1_000_000).default(defaults.epochs),
  k: wholeNumber(1).default(defaults.k),
  labels: wholeNumber(1).default(defaults.labels),
  seed: seedNumber.default(defaults.seed),
  validation: numberBetween(0, 1).optional(),
  crops: numberBetween(0, 1).optional(),
  layers: z.boolean().default(false),
  folds: z.boolean().default(false),
  at: which.default('last'),
  average: z.boolean().default(false),
  json: folder.optional(),
  ...sessionFlags,
})

export const probeCommand = (): Command =>
  addSessionFlags(
    new Command('probe')
      .summary('measure what a trained encoder knows')
      .description(
        'Classify test images by the frozen features of a run: nearest neighbours, a linear classifier, and one ' +
          'with few labels; beside raw pixels and the untrained encoder.',
      )
      .argument('<run>', 'the folder of a run, or of an encoder that hebb import wrote')
      .option('--data <folder>', 'images (default: those of the run)')
      .option('--epochs <number>', `of the linear classifier (default: ${defaults.epochs})`)
      .option('--k <number>', `neighbours that vote (default: ${defaults.k})`)
      .option('--labels <number>', `labels a class of the few (default: ${defaults.labels})`)
      .option('--seed <number>', `of the classifiers and of the few labels (default: ${defaults.seed})`)
      .option(
        '--validation <fraction>',
        'set this part of the training images aside, as the run has if it has, and use it in place of the test images',
      )
      .option(
        '--crops <area>',
        'teach the linear classifier on other crops of the images in every epoch, of at least this part of their area, half of them mirrored',
      )
      .option(
        '--at <which>',
        'which checkpoint: last, best, or the step of one that was kept (default: last)',
      )
      .option('--layers', 'also the features of each layer alone')
      .option('--folds', "also classifiers that are each taught one of the data set's folds (STL-10 has ten)")
      .option('--average', 'the average of the weights that the run keeps, in place of its last')
      .option('--json <file>', 'write the figures there, too'),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb probe runs/mine --data data/fashion-mnist
  hebb probe runs/mine --layers --json runs/mine/probe.json
  hebb probe runs/mine --epochs 20 --labels 5
  hebb probe runs/mine --validation 0.1
  hebb probe runs/mine --average
  hebb probe runs/mine --crops 0.25 --epochs 10

The last epoch of a classifier counts, never the best on the test images.`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      const place = flags.json === undefined ? undefined : placeForFile(flags.json)
      const encoder = openTrained(path, flags)
      const probed = await probeTrained(encoder, flags)
      const evaluate = encoder.bundle.manifest.logits && `hebb evaluate ${path}`
      console.log(probeText(probed, { which: standing(probed, flags), evaluate, epochs: '--epochs' }))
      if (place !== undefined) writeAtomically(place, [probeJson(probed)])
    })
