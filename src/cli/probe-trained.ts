import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { subset, type Split } from '../../runtime/data/dataset.ts'
import { splitValidation } from '../../runtime/data/split.ts'
import { openFor } from '../../runtime/batches/open-for.ts'
import { findDataFor, type Trained } from '../../runtime/files/trained.ts'
import {
  DEFAULT_PROBE_EPOCHS,
  probeEncoder,
  probePixels,
  type ProbeOptions,
  type ProbeResult,
} from '../../runtime/probe/probe.ts'
import { initialValues, untaught } from '../../runtime/values/start.ts'
import { compileCrops } from '../compile-crops.ts'
import { jsonText, printable } from '../base/printable.ts'
import { preparingVisibly } from './preparing.ts'
import { tell } from './shown.ts'
import { asDivided } from './set-aside.ts'
import { stillLearning } from './still-learning.ts'
import { probeTable, type ProbedEncoder, type ShownEncoder } from './probe-table.ts'
import type { Which } from '../../runtime/files/run-checkpoint.ts'
import { placeOf, type SessionOptions } from '../../runtime/session/options.ts'

/** Where nothing else is said: of the classifiers, and of the draws of few labels. */
export const probeDefaults = { epochs: DEFAULT_PROBE_EPOCHS, k: 10, labels: 10, seed: 0 }

/** How an encoder is probed. */
export interface ProbeSettings extends SessionOptions {
  /** Images; undefined: those that it was trained on. */
  readonly data?: string | undefined
  /** Of the linear classifier. */
  readonly epochs: number
  /** Neighbours that vote. */
  readonly k: number
  /** A class, of the probe with few. */
  readonly labels: number
  readonly seed: number
  /** The part of the training images that stands in for the test images. */
  readonly validation?: number | undefined
  /** The least part of an image's area that the linear classifier is taught on; undefined: whole images. */
  readonly crops?: number | undefined
  /** Whether each layer's features are probed, too; and each fold of the data set. */
  readonly layers: boolean
  readonly folds: boolean
  /** Which checkpoint it is of, and whether the averages of the weights stand in for them. */
  readonly at: Which
  readonly average: boolean
}

/** What `hebb probe --json` writes. */
export interface ProbeFigures {
  readonly program: string
  /** The checksum of the run's checkpoint; none of an encoder that was imported. */
  readonly checkpoint?: string
  readonly data: string
  readonly step: number
  readonly totalSteps: number
  readonly encoders: readonly ProbedEncoder[]
  readonly settings: Pick<
    ProbeSettings,
    'k' | 'labels' | 'epochs' | 'seed' | 'at' | 'average' | 'validation' | 'crops'
  >
}

/** The declared split, or one of the training images alone, so that choices need not be made on the test images. */
async function images(encoder: Trained, flags: ProbeSettings) {
  const { bundle, trainedOn } = encoder
  const own = trainedOn?.validation
  const { validation, seed } = flags
  const source = await findDataFor(encoder, flags.data)
  // As the record of a run has it: a path from wherever.
  const { spec: data } = source
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
export async function probeTrained(encoder: Trained, flags: ProbeSettings): Promise<ProbeFigures> {
  const { k, seed, epochs, labels: labelsPerClass } = flags
  const { bundle, values, program, step, totalSteps, checksum, seed: first, given } = encoder
  const { data, train, test } = await images(encoder, flags)
  const names = bundle.manifest.probes.map(({ name }) => name).filter((name) => name !== 'pixels')
  const optionsFor = (encoder: string): ProbeOptions => ({
    ...{ bundle, train, test, k, seed, epochs, labelsPerClass, ...placeOf(flags) },
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
    { encoder: 'none', results: [await probePixels({ ...optionsFor('raw pixels'), remember: true })] },
    { encoder: began, results: await probeEncoder(start, { ...optionsFor(began), remember: true }) },
    { encoder: trained, results: await probeEncoder(values, optionsFor(trained)) },
  ]
  return {
    program,
    ...(checksum === undefined ? {} : { checkpoint: checksum }),
    ...{ data, step, totalSteps, encoders },
    settings: settingsOf(flags),
  }
}

/** What the figures depend on, beside the encoder and the images. */
export function settingsOf(settings: ProbeSettings): ProbeFigures['settings'] {
  const { k, labels, epochs, seed, at, average, validation, crops } = settings
  return { k, labels, epochs, seed, at, average, validation, crops }
}

/** Classes up to which the file has what each is taken for: their square, for every probe. */
const MOST_CONFUSED = 200

/** As `hebb probe --json` writes them. */
export function probeJson({ encoders, ...figures }: ProbeFigures): string {
  const told = ({ confusion, ...result }: ProbeResult) =>
    confusion.length > MOST_CONFUSED ? result : { ...result, confusion }
  return `${jsonText({
    ...figures,
    encoders: encoders.map(({ encoder, results }) => ({ encoder, results: results.map(told) })),
  })}\n`
}

/** So that nobody takes it for the accuracy of a network that classifies. */
const measured = 'Neighbours and linear probes of frozen features'

/** As much of the figures as the table shows. */
type Shown = Pick<ProbeFigures, 'program'> & {
  readonly settings: Pick<ProbeSettings, 'k' | 'labels' | 'epochs' | 'validation'>
  readonly encoders: readonly ShownEncoder[]
}

/** What the text says beside the figures. */
export interface Telling {
  /** After which step the encoder stands. */
  readonly which: string
  /** The command for its own classifier. */
  readonly evaluate: string | undefined
  /** The flag that says for how many epochs linear classifiers learn. */
  readonly epochs: string
}

/** The table, and where its linear classifiers had more to learn. */
export function probeText(
  { program, encoders, settings }: Shown,
  { which, evaluate, epochs }: Telling,
): string {
  const images = settings.validation === undefined ? 'the test' : 'validation'
  const own = evaluate === undefined ? '' : `; its own classifier: ${evaluate}`
  return [
    `${printable(program)} ${which}, accuracy on ${images} images in %`,
    probeTable(encoders, settings),
    `${measured}${own}.`,
    ...stillLearning(encoders, `${epochs} ${5 * settings.epochs}`),
  ].join('\n\n')
}
