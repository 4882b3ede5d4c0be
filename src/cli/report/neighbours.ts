import { at } from '../../base/lists.ts'
import { thumbsOf } from './thumbs.ts'
import type { Neighbours, NeighboursOf } from '../../../report/index.ts'
import type { Dataset } from '../../../runtime/data/dataset.ts'
import type { Encoded } from './encoded.ts'
import type { Images } from './images.ts'

/** Images that are asked for, and how many of the nearest to each are shown. */
const [ASKED, FOUND] = [8, 8]

/** The first image of each class, then others, evenly spread; the same ones whatever was learnt. */
export function queriesOf({ count, labels }: Pick<Dataset, 'count' | 'labels'>): readonly number[] {
  const chosen = new Set<number>()
  if (labels) {
    const first = new Map<number, number>()
    labels.forEach((label, row) => {
      if (!first.has(label)) first.set(label, row)
    })
    const classes = [...first].sort(([a], [b]) => a - b)
    for (const [, row] of classes.slice(0, ASKED)) chosen.add(row)
  }
  for (let i = 0; i < ASKED && chosen.size < Math.min(ASKED, count); i++)
    chosen.add(Math.floor((i * count) / ASKED))
  return [...chosen]
}

/** The training images whose features are most like those of some test images. */
export async function neighboursPart(
  { asked, known, isOneSplit, askedName, knownName }: Images,
  encoded: Encoded,
  className: (label: number) => string,
): Promise<Neighbours> {
  // One more: an image is its own nearest neighbour.
  const nearest = await encoded.nearest('known', FOUND + 1)
  const chosen = queriesOf(asked)
  const pictures = await thumbsOf(asked, chosen, className)
  const queries: NeighboursOf[] = []
  for (const [place, row] of chosen.entries()) {
    const others = at(nearest, row).filter(({ index }) => !isOneSplit || !isSame(encoded, row, index))
    const indices = others.slice(0, FOUND).map(({ index }) => index)
    queries.push({ query: at(pictures, place), found: await thumbsOf(known, indices, className) })
  }
  return {
    caption:
      `${queries.length} of ${askedName}, and of ${knownName} those that are most like them: ` +
      `cosine of ${encoded.what}.`,
    queries,
  }
}

/** Whether two rows have the same features, as those of one image do. */
function isSame({ asked, known }: Encoded, row: number, index: number): boolean {
  const { dimension } = asked
  const [own, other] = [
    asked.values.subarray(row * dimension, (row + 1) * dimension),
    known.values.subarray(index * dimension, (index + 1) * dimension),
  ]
  return own.every((value, i) => value === other[i])
}
