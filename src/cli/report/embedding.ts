import { at } from '../../base/lists.ts'
import { stream } from '../../../runtime/values/random.ts'
import type { Embedding } from '../../../report/index.ts'
import type { Encoded } from './encoded.ts'
import type { Images } from './images.ts'

/** Neighbours that UMAP keeps near (its default), and passes over the images. */
const [NEIGHBOURS, EPOCHS] = [15, 300]

/** Images up to which a plane says nothing: fewer have no neighbourhoods. */
const FEWEST = 2 * NEIGHBOURS

/**
 * A plane in which images with similar features lie together (UMAP: McInnes, Healy & Melville, 2018), by the seed;
 * undefined of too few images.
 */
export async function embeddingPart(
  { asked, askedName }: Images,
  encoded: Encoded,
  seed: number,
  classNames: readonly string[],
): Promise<Embedding | undefined> {
  if (asked.count < FEWEST) return undefined
  // Each image is the first of its own neighbours, as UMAP has it.
  const nearest = (await encoded.nearest('asked', NEIGHBOURS)).map((neighbours, row) => [
    { index: row, similarity: 1 },
    ...neighbours.filter(({ index }) => index !== row).slice(0, NEIGHBOURS - 1),
  ])
  const random = stream(seed, 'embedding')
  // Loaded here alone: other commands have no use for it.
  const { UMAP } = await import('umap-js')
  const umap = new UMAP({ nNeighbors: NEIGHBOURS, nEpochs: EPOCHS, random: () => random.uniformDouble() })
  umap.setPrecomputedKNN(
    nearest.map((neighbours) => neighbours.map(({ index }) => index)),
    nearest.map((neighbours) => neighbours.map(({ similarity }) => Math.max(0, 1 - similarity))),
  )
  // It reads of the features how many rows there are, as neighbours are given.
  const plane = umap.fit(nearest.map(() => [0]))
  return {
    method: `UMAP of ${encoded.what}, ${askedName}`,
    points: plane.map((point) => [rounded(at(point, 0)), rounded(at(point, 1))] as const),
    classes: classNames,
    ...(asked.labels ? { labels: [...asked.labels] } : {}),
  }
}

/** A thousandth is less than a pixel. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000
