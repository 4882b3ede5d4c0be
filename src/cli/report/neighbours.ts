import { at } from '../../base/lists.ts'
import { thumbsOf } from './thumbs.ts'
import type { Neighbours, NeighboursOf } from '../../../report/index.ts'
import type { Dataset } from '../../../runtime/data/dataset.ts'
import type { Encoded } from './encoded.ts'
import type { Images } from './images.ts'

/** Classes that are asked for, at most; images where they have no labels; and how many of the nearest to each are shown. */
const [CLASSES, UNLABELLED, FOUND] = [12, 8, 8]

/** So many of some things, evenly spread over them, from the first on. */
const spread = <Thing>(things: readonly Thing[], most: number): readonly Thing[] =>
  things.length <= most
    ? things
    : Array.from({ length: most }, (_, i) => at(things, Math.floor((i * things.length) / most)))

/** An image of each class, the first; the same ones whatever was learnt. Of images without labels some. */
export function queriesOf({ count, labels }: Pick<Dataset, 'count' | 'labels'>): readonly number[] {
  if (!labels)
    return spread(
      Array.from({ length: count }, (_, row) => row),
      UNLABELLED,
    )
  const first = new Map<number, number>()
  labels.forEach((label, row) => {
    if (!first.has(label)) first.set(label, row)
  })
  const classes = [...first].sort(([a], [b]) => a - b).map(([, row]) => row)
  return spread(classes, CLASSES)
}

/** Which images are asked for. */
function askedOf({ labels }: Dataset, count: number, askedName: string): string {
  if (!labels) return `${count} of ${askedName}`
  const classes = new Set(labels).size
  const some = classes > count ? `each of ${count} of ${classes} classes` : 'each class'
  return `The first of ${some} among ${askedName}`
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
      `${askedOf(asked, queries.length, askedName)}, and of ${knownName} those that are most like them: ` +
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
