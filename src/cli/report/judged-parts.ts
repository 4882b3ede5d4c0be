import { evaluate, type JudgedHead } from '../../../runtime/evaluate/evaluate.ts'
import { areFinite } from '../../../runtime/probe/features.ts'
import { present } from '../../base/lists.ts'
import { ownCommand } from '../shell-word.ts'
import { layerTable, probeName } from './accuracy.ts'
import { embeddingPart } from './embedding.ts'
import { encodedImages } from './encoded.ts'
import { imagesOf, type Images } from './images.ts'
import { neighboursPart } from './neighbours.ts'
import { nounOf } from './noun.ts'
import { judgedOn } from './probe-words.ts'
import type { Dataset } from '../../../runtime/data/dataset.ts'
import { placeOf, type SessionOptions } from '../../../runtime/session/options.ts'
import type { Confusion, Missing, Run } from '../../../report/index.ts'
import type { GatherOptions } from './gather-options.ts'
import type { OpenedRun } from './opened.ts'
import type { ProbeFigures, Result } from './probe-file.ts'

/** The parts of a page that are found out from images. */
export interface Judged extends Pick<Run, 'accuracy' | 'own' | 'confusions' | 'neighbours' | 'embedding'> {
  /** Why there are no images; undefined where there are. */
  readonly noImages: string | undefined
}

/** What they are called in the data set; else their numbers. */
const namesOf = (dataset: Dataset | undefined, classes: number): string[] =>
  Array.from({ length: classes }, (_, label) => dataset?.classNames?.[label] ?? String(label))

/** The encoder as it is now, and as it started. */
export function encodersOf({ encoders }: ProbeFigures) {
  const of = (...names: readonly string[]): readonly Result[] | undefined =>
    encoders.find(({ encoder }) => names.includes(encoder))?.results
  return { trained: of('trained', 'averaged') ?? [], before: of('untrained', 'given'), pixels: of('none') }
}

export async function judgedParts(
  opened: OpenedRun,
  probes: ProbeFigures | undefined,
  { data, ...session }: GatherOptions,
  missing: Missing[],
): Promise<Judged> {
  const { program, logits } = opened.run.bundle.manifest
  const { after } = opened
  const images = await imagesOf(opened.run, data)
  const shown = 'why' in images ? undefined : images
  const names = namesOf(shown?.known, program.input.classes)
  const layers = program.layers.map(({ name }) => name)
  const heads = shown?.test && after ? await headsOf(opened, shown.test, session) : []
  const judged: Judged = {
    noImages: 'why' in images ? images.why : undefined,
    own: shown?.test && ownClassifiers(heads, shown.test),
    accuracy:
      probes &&
      layerTable(layers, encodersOf(probes), probes.settings, judgedOn(probes, nounOf(program.input))),
    confusions: [
      ...(probes ? confusionsOf(encodersOf(probes).trained, names) : []),
      ...heads.slice(-1).map(({ layer, confusion }) => ({
        probe: `its own classifier on ${layer}`,
        ...{ classes: names, counts: confusion },
      })),
    ],
  }
  if ('why' in images)
    missing.push({
      part: logits ? 'Its own classifier, neighbours and embedding' : 'Neighbours and embedding',
      why: images.why,
      ...(after ? { command: ownCommand(['report', opened.run.folder, '--data', 'FOLDER']) } : {}),
    })
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

/** What the classifiers that the program has learned itself do, from the input to the top. */
async function headsOf(
  { run: { bundle }, after }: OpenedRun,
  dataset: Dataset,
  session: SessionOptions,
): Promise<readonly JudgedHead[]> {
  if (!bundle.manifest.logits || !dataset.labels) return []
  return evaluate(present(after, 'a checkpoint'), { bundle, dataset, ...placeOf(session) })
}

const ownClassifiers = (heads: readonly JudgedHead[], { count }: Dataset): Run['own'] =>
  heads.length === 0
    ? undefined
    : {
        images: count,
        classifiers: heads.toReversed().map(({ layer, output, accuracy, top5 }) => ({
          name: heads.filter((head) => head.layer === layer).length > 1 ? output : layer,
          ...{ accuracy, top5 },
        })),
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
