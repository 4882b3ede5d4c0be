import type { Features } from './features.ts'

/** Rows scaled to length 1, so that a product of two is their cosine; zero rows stay zero. */
function unitRows({ count, dimension, values }: Features): Float32Array {
  const unit = new Float32Array(values.length)
  for (let row = 0; row < count; row++) {
    let square = 0
    for (let i = row * dimension; i < (row + 1) * dimension; i++) square += (values[i] ?? 0) ** 2
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0
    for (let i = row * dimension; i < (row + 1) * dimension; i++) unit[i] = (values[i] ?? 0) * scale
  }
  return unit
}

/**
 * Accuracy of a vote among the k nearest training images by cosine similarity; a tie goes to the class whose
 * voters are nearer in sum.
 */
export function nearestNeighbours(
  train: Features,
  trainLabels: Uint8Array,
  test: Features,
  testLabels: Uint8Array,
  k: number,
): number {
  const { dimension } = train
  const [known, asked] = [unitRows(train), unitRows(test)]
  let right = 0
  for (let row = 0; row < test.count; row += BLOCK)
    similarities(asked, row, known, dimension).forEach((block, offset) => {
      const winner = vote(nearest(block, k), block, trainLabels)
      if (row + offset < test.count && winner === testLabels[row + offset]) right++
    })
  return right / test.count
}

const BLOCK = 4

/**
 * Products of BLOCK rows from `row` on with all known rows. Each known number that is read serves all of them,
 * and their sums do not wait for each other: four times as fast as one product at a time. Rows after the last
 * read as zeros.
 */
function similarities(
  asked: Float32Array,
  row: number,
  known: Float32Array,
  dimension: number,
): Float32Array[] {
  const count = known.length / dimension
  const block = Array.from({ length: BLOCK }, () => new Float32Array(count))
  const [r0, r1, r2, r3] = [0, 1, 2, 3].map((offset) => {
    const copy = new Float32Array(dimension)
    copy.set(asked.subarray((row + offset) * dimension, (row + offset + 1) * dimension))
    return copy
  })
  if (!r0 || !r1 || !r2 || !r3) throw new Error('no rows')
  const [s0, s1, s2, s3] = block
  if (!s0 || !s1 || !s2 || !s3) throw new Error('no block')
  for (let other = 0; other < count; other++) {
    const start = other * dimension
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let i = 0; i < dimension; i++) {
      const value = known[start + i] ?? 0
      a += (r0[i] ?? 0) * value
      b += (r1[i] ?? 0) * value
      c += (r2[i] ?? 0) * value
      d += (r3[i] ?? 0) * value
    }
    s0[other] = a
    s1[other] = b
    s2[other] = c
    s3[other] = d
  }
  return block
}

/** Indices of the k largest values, largest first; of equal ones the first. */
function nearest(similarities: Float32Array, k: number): number[] {
  const best: number[] = []
  for (let i = 0; i < similarities.length; i++) {
    const value = similarities[i] ?? 0
    if (best.length === k && value <= (similarities[best[k - 1] ?? 0] ?? 0)) continue
    let place = best.length
    while (place > 0 && value > (similarities[best[place - 1] ?? 0] ?? 0)) place--
    best.splice(place, 0, i)
    if (best.length > k) best.pop()
  }
  return best
}

function vote(neighbours: readonly number[], similarities: Float32Array, labels: Uint8Array): number {
  const votes = new Map<number, { count: number; sum: number }>()
  for (const index of neighbours) {
    const label = labels[index] ?? 0
    const { count, sum } = votes.get(label) ?? { count: 0, sum: 0 }
    votes.set(label, { count: count + 1, sum: sum + (similarities[index] ?? 0) })
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b.count - a.count || b.sum - a.sum)
  return winner?.[0] ?? -1
}
