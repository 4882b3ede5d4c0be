import { evaluate } from '../../../runtime/evaluate/evaluate.ts'
import { areFinite } from '../../../runtime/probe/features.ts'
import { present } from '../../base/lists.ts'
import { layerTable, probeName } from './accuracy.ts'
import { embeddingPart } from './embedding.ts'
import { encodedImages } from './encoded.ts'
import { imagesOf, type Images } from './images.ts'
import { neighboursPart } from './neighbours.ts'
import type { Dataset } from '../../../runtime/data/dataset.ts'
import type { SessionOptions } from '../../../runtime/session/provider.ts'
import type { Confusion, Missing, Run } from '../../../report/index.ts'
import { percentOf } from '../units.ts'
import type { OpenedRun } from './opened.ts'
import type { ProbeFigures, Result } from './probe-file.ts'

/** The parts of a page that are found out from images. */
export type Judged = Pick<Run, 'accuracy' | 'confusions' | 'neighbours' | 'embedding'>

/** What they are called in the data set; else their numbers. */
const namesOf = (dataset: Dataset | undefined, classes: number): string[] =>
  Array.from({ length: classes }, (_, label) => dataset?.classNames?.[label] ?? String(label))

/** On what accuracy was measured, in words. */
export const judgedOn = ({ settings: { validation }, data }: ProbeFigures): string =>
  `${
    validation === undefined
      ? 'the test images'
      : `the ${percentOf(validation)} of the training images that were set aside`
  }${data === undefined ? '' : ` of ${data}`}`

/** The encoder as it is now, and as it started. */
export function encodersOf({ encoders }: ProbeFigures) {
  const of = (...names: readonly string[]): readonly Result[] | undefined =>
    encoders.find(({ encoder }) => names.includes(encoder))?.results
  return { trained: of('trained', 'averaged') ?? [], before: of('untrained', 'given') }
}

export async function judgedParts(
  opened: OpenedRun,
  probes: ProbeFigures | undefined,
  session: SessionOptions,
  missing: Missing[],
): Promise<Judged> {
  const { program } = opened.run.bundle.manifest
  const { after } = opened
  const images = await imagesOf(opened.run)
  const shown = 'why' in images ? undefined : images
  const names = namesOf(shown?.known, program.input.classes)
  const layers = program.layers.map(({ name }) => name)
  const judged: Judged = {
    accuracy: probes && layerTable(layers, encodersOf(probes), probes.settings, judgedOn(probes)),
    confusions: [
      ...(probes ? confusionsOf(encodersOf(probes).trained, names) : []),
      ...(shown?.test && after ? await ownConfusions(opened, shown.test, names, session) : []),
    ],
  }
  if ('why' in images) missing.push({ part: 'Neighbours and embedding', why: images.why })
  if (!shown || !after) return judged
  return { ...judged, ...(await ofFeatures(opened, shown, names, session, missing)) }
}

/** Of the probes of all layers: those of single layers would make a long page. */
const confusionsOf = (results: readonly Result[], classes: readonly string[]): Confusion[] =>
  results.flatMap(({ probe, confusion }) =>
    (probe === 'average' || probe === 'spatial') && confusion?.length === classes.length
      ? [{ probe: probeName(probe), classes, counts: confusion }]
      : [],
  )

/** Of the classifiers that the program has learned itself, the uppermost. */
async function ownConfusions(
  { run, after }: OpenedRun,
  dataset: Dataset,
  classes: readonly string[],
  { provider, threads }: SessionOptions,
): Promise<Confusion[]> {
  const { bundle } = run
  if (!bundle.manifest.logits || !dataset.labels) return []
  const heads = await evaluate(present(after, 'a checkpoint'), { bundle, dataset, provider, threads })
  return heads.slice(-1).map(({ layer, confusion }) => ({
    probe: `its own classifier on ${layer}`,
    ...{ classes, counts: confusion },
  }))
}

async function ofFeatures(
  { run, after }: OpenedRun,
  images: Images,
  classes: readonly string[],
  session: SessionOptions,
  missing: Missing[],
): Promise<Pick<Run, 'neighbours' | 'embedding'>> {
  const encoded = await encodedImages(run, present(after, 'a checkpoint'), images, session)
  if (!encoded) return {}
  if (![encoded.asked, encoded.known].every(areFinite)) {
    missing.push({ part: 'Neighbours and embedding', why: 'features of some images are not finite' })
    return {}
  }
  const embedding = await embeddingPart(images, encoded, run.record.seed, classes)
  if (!embedding) missing.push({ part: 'Embedding', why: `there are only ${images.askedName}` })
  const nameOf = (label: number) => classes[label] ?? String(label)
  return { neighbours: await neighboursPart(images, encoded, nameOf), embedding }
}
