import { plainProducts, type Products } from './products.ts'
import type { Features } from './features.ts'
import type { Labelled } from './linear.ts'

/** A row of features, and the cosine between it and another. */
export interface Neighbour {
  readonly similarity: number
  readonly index: number
}

/**
 * Accuracy of a vote among the k nearest training images by cosine similarity; a tie goes to the class whose
 * voters are nearer in sum.
 */
export async function nearestNeighbours(
  train: Labelled,
  test: Labelled,
  k: number,
  products: Products = plainProducts,
): Promise<number> {
  let right = 0
  for await (const { row, neighbours } of neighboursOf(train.features, test.features, k, products))
    if (vote(neighbours, train.labels) === test.labels[row]) right++
  return right / test.features.count
}

/**
 * For each row of `asked`, one after the other, the k rows of `known` that are most similar by cosine, most similar
 * first; of equal ones those that come first. Rows of zeros are similar to none, by 0. Similarities are there tile by
 * tile, never all at once.
 */
export async function* neighboursOf(
  known: Features,
  asked: Features,
  k: number,
  products: Products = plainProducts,
): AsyncGenerator<{ readonly row: number; readonly neighbours: readonly Neighbour[] }, void> {
  const [knownScale, askedScale] = [inverseLengths(known), inverseLengths(asked)]
  const { tile } = products
  for (let at = 0; at < asked.count; at += tile) {
    const rows = Math.min(tile, asked.count - at)
    const nearest = Array.from({ length: rows }, () => new Nearest(k))
    for (let against = 0; against < known.count; against += tile) {
      const { columns, values } = await products.of(asked, at, known, against)
      const present = Math.min(tile, known.count - against)
      nearest.forEach((best, row) => {
        const scale = askedScale[at + row] ?? 0
        for (let column = 0; column < present; column++) {
          const length = knownScale[against + column] ?? 0
          best.offer((values[row * columns + column] ?? 0) * scale * length, against + column)
        }
      })
    }
    for (const [row, { best }] of nearest.entries()) yield { row: at + row, neighbours: best }
  }
}

/** What makes a row of length 1; 0 for rows of zeros. */
function inverseLengths({ count, dimension, values }: Features): Float64Array {
  const inverse = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    let square = 0
    for (let i = row * dimension; i < (row + 1) * dimension; i++) square += (values[i] ?? 0) ** 2
    inverse[row] = square > 0 ? 1 / Math.sqrt(square) : 0
  }
  return inverse
}

/** The k most similar of all that were offered, most similar first; of equal ones those that came first. */
class Nearest {
  private readonly k: number
  readonly best: Neighbour[] = []
  /** What does not exceed it is not among the nearest. */
  private bar = -Infinity

  constructor(k: number) {
    this.k = k
  }

  offer(similarity: number, index: number): void {
    if (similarity <= this.bar) return
    const { best, k } = this
    let place = best.length
    while (place > 0 && similarity > (best[place - 1]?.similarity ?? 0)) place--
    best.splice(place, 0, { similarity, index })
    if (best.length > k) best.pop()
    if (best.length === k) this.bar = best[k - 1]?.similarity ?? this.bar
  }
}

function vote(neighbours: readonly Neighbour[], labels: Uint32Array): number {
  const votes = new Map<number, { count: number; sum: number }>()
  for (const { similarity, index } of neighbours) {
    const label = labels[index] ?? 0
    const { count, sum } = votes.get(label) ?? { count: 0, sum: 0 }
    votes.set(label, { count: count + 1, sum: sum + similarity })
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b.count - a.count || b.sum - a.sum)
  return winner?.[0] ?? -1
}
