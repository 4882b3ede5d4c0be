import { Command } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../runtime/files/atomic.ts'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { preparingVisibly } from './preparing.ts'
import { subset, type Split } from '../../runtime/data/dataset.ts'
import { findData } from '../../runtime/data/open.ts'
import { openFor } from '../../runtime/batches/open-for.ts'
import { splitValidation } from '../../runtime/data/split.ts'
import {
  DEFAULT_PROBE_EPOCHS,
  probeEncoder,
  probePixels,
  type ProbeOptions,
  type ProbeResult,
} from '../../runtime/probe/probe.ts'
import { dataFor, openTrained, type Trained } from '../../runtime/files/trained.ts'
import { initialValues, untaught } from '../../runtime/values/start.ts'
import { compileCrops } from '../compile-crops.ts'
import { jsonText, printable } from '../base/printable.ts'
import { folder, numberBetween, parseFlags, seedNumber, which, wholeNumber } from './flags.ts'
import { placeForFile } from './outputs.ts'
import { asDivided } from './set-aside.ts'
import { probeTable, type ProbedEncoder } from './probe-table.ts'
import { standing } from './standing.ts'
import { tell } from './shown.ts'
import { addSessionFlags, sessionFlags } from './session-flags.ts'

const defaults = { epochs: DEFAULT_PROBE_EPOCHS, k: 10, labels: 10, seed: 0 }

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
type Flags = z.infer<typeof flagSchema>

/** The declared split, or one of the training images alone, so that choices need not be made on the test images. */
async function images(encoder: Trained, flags: Flags) {
  const { bundle, trainedOn } = encoder
  const own = trainedOn?.validation
  const { validation, seed } = flags
  const data = dataFor(encoder, flags.data)
  const source = await findData(data)
  const open = (split: Split) => openFor(bundle.manifest, source, split, preparingVisibly())
  const train = await open('train')
  const isKnown = flags.data === undefined && trainedOn?.split === 'train'
  const found = isKnown || validation !== undefined ? await fingerprint(train) : undefined
  if (isKnown && found !== trainedOn.images)
    console.error(`${printable(data)} no longer holds the images that the run was trained on`)
  if (validation === undefined) return { data, train, test: await open('test') }
  const divided = found === undefined ? undefined : asDivided(encoder, train, found)
  if (divided?.aside && validation === own) return { data, train: divided.dataset, test: divided.aside }
  if (divided)
    console.error(
      `The run has set ${String(own)} of its images aside, not ${validation}: it was trained on some of these. Give --validation ${String(own)}`,
    )
  const split = splitValidation(train, validation, seed)
  return { data, train: subset(train, split.train), test: subset(train, split.validation) }
}

/** Raw pixels, then the encoder as its seed started it, then as it is after training. */
async function probeTrained(encoder: Trained, flags: Flags) {
  const { k, seed, epochs, labels: labelsPerClass, provider, threads } = flags
  const { bundle, values, program, step, totalSteps, seed: first, given } = encoder
  const { data, train, test } = await images(encoder, flags)
  const names = bundle.manifest.probes.map(({ name }) => name).filter((name) => name !== 'pixels')
  const optionsFor = (encoder: string): ProbeOptions => ({
    ...{ bundle, train, test, k, seed, epochs, labelsPerClass, provider, threads },
    folds: flags.folds,
    crops: flags.crops === undefined ? undefined : compileCrops(bundle, { scale: [flags.crops, 1] }),
    ...(flags.layers ? { probes: names } : {}),
    onProbe: (name) => {
      tell(`probing ${encoder}${name === 'pixels' ? '' : `, ${name}`}`)
    },
  })
  const { manifest } = bundle
  const seeded = () => new Map([...untaught(manifest, first), ...initialValues(manifest.train, first)])
  const began = given ? 'given' : 'untrained'
  const start = given?.() ?? seeded()
  const trained = flags.average ? 'averaged' : 'trained'
  const encoders: ProbedEncoder[] = [
    { encoder: 'none', results: [await probePixels(optionsFor('raw pixels'))] },
    { encoder: began, results: await probeEncoder(start, optionsFor(began)) },
    { encoder: trained, results: await probeEncoder(values, optionsFor(trained)) },
  ]
  return { program, data, step, totalSteps, encoders }
}

/** Classes up to which the file has what each is taken for: their square, for every probe. */
const MOST_CONFUSED = 200

function figuresOf(
  { encoders, ...probed }: Awaited<ReturnType<typeof probeTrained>>,
  { k, labels, epochs, seed, at, average, validation, crops }: Flags,
) {
  const told = ({ confusion, ...result }: ProbeResult) =>
    confusion.length > MOST_CONFUSED ? result : { ...result, confusion }
  return {
    ...{ ...probed, settings: { k, labels, epochs, seed, at, average, validation, crops } },
    encoders: encoders.map(({ encoder, results }) => ({ encoder, results: results.map(told) })),
  }
}

/** So that nobody takes it for the accuracy of a network that classifies. */
const measured = 'Neighbours and linear probes of frozen features'

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
      const ownClassifier = encoder.bundle.manifest.logits !== undefined
      const { program, encoders } = probed
      console.log(
        `${printable(program)} ${standing(probed, flags)}, accuracy on ${flags.validation === undefined ? 'the test' : 'validation'} images in %\n`,
      )
      console.log(probeTable(encoders, flags))
      console.log(`\n${measured}${ownClassifier ? `; its own classifier: hebb evaluate ${path}` : ''}.`)
      if (place !== undefined) writeAtomically(place, [`${jsonText(figuresOf(probed, flags))}\n`])
    })
