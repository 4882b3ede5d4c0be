import { UserError } from '../../base/error.ts'
import { openFor } from '../../../runtime/batches/open-for.ts'
import { fingerprint } from '../../../runtime/data/cache/fingerprint.ts'
import { subset, type Dataset, type Split } from '../../../runtime/data/dataset.ts'
import { findData } from '../../../runtime/data/open.ts'
import { splitNames } from '../../../runtime/data/no-such-split.ts'
import { preparingVisibly } from '../preparing.ts'
import { inNoun, nounOf } from './noun.ts'
import { recordedPlace } from '../../../runtime/files/recorded-data.ts'
import type { RunFolder } from '../../../runtime/files/run-folder.ts'

/** Images of a run's data set that its page shows, the same ones each time. */

/** Images that are shown beside each other, and those among which neighbours are sought. */
const [MOST_ASKED, MOST_KNOWN] = [1000, 2000]

export interface Images {
  /** Test images, where the data set has any. */
  readonly asked: Dataset
  /** Training images. */
  readonly known: Dataset
  /** All of the split that `asked` is of: what the classifiers of a network are judged on. */
  readonly test: Dataset | undefined
  /** Whether both are of one split, and row i of one may be a row of the other. */
  readonly isOneSplit: boolean
  /** `1,000 test images`. */
  readonly askedName: string
  readonly knownName: string
}

/** Evenly spread over all, from the first on. */
const spread = (dataset: Dataset, most: number): Dataset => {
  const count = Math.min(most, dataset.count)
  return subset(
    dataset,
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * dataset.count) / count)),
  )
}

const nameOf = ({ count }: Dataset, split: Split): string =>
  `${count.toLocaleString('en-GB')} ${splitNames[split]}`

/** Why the images of a run cannot be shown, for its page. */
export interface NoImages {
  readonly why: string
}

/**
 * Opens them; what is wrong with them is no reason not to show the rest of a run.
 *
 * @param data where they lie; undefined: where they did when the run was begun
 */
export async function imagesOf(run: RunFolder, data?: string): Promise<Images | NoImages> {
  try {
    return await open(run, data)
  } catch (error) {
    // What to do about it is for who names data, not for who reads a page.
    if (error instanceof UserError) return { why: error.problem }
    throw error
  }
}

async function open({ record, bundle }: RunFolder, data = recordedPlace(record)): Promise<Images | NoImages> {
  const source = await findData(data)
  const isMoved = source.spec !== record.data
  const pick = (wanted: Split): Split => (source.splits.includes(wanted) ? wanted : record.split)
  const [askedSplit, knownSplit] = [pick('test'), pick('train')]
  const openSplit = (split: Split) => openFor(bundle.manifest, source, split, preparingVisibly())
  const known = await openSplit(knownSplit)
  // Of a data set that was named, whatever it was trained on; else only of what is shown: there may be millions.
  const trainedOn = knownSplit === record.split ? known : isMoved ? await openSplit(record.split) : undefined
  if (trainedOn && (await fingerprint(trainedOn)) !== record.images)
    return {
      why: `${data} ${isMoved ? 'does not hold' : 'no longer holds'} the images that the run was trained on`,
    }
  const test = await openSplit(askedSplit)
  const noun = nounOf(bundle.manifest.program.input)
  const [asked, some] = [spread(test, MOST_ASKED), spread(known, MOST_KNOWN)]
  return {
    ...{ asked, known: some, isOneSplit: askedSplit === knownSplit },
    test: askedSplit === 'test' ? test : undefined,
    askedName: inNoun(nameOf(asked, askedSplit), noun),
    knownName: inNoun(nameOf(some, knownSplit), noun),
  }
}
