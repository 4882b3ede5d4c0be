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
  const similarities = new Float32Array(train.count)
  let right = 0
  for (let row = 0; row < test.count; row++) {
    const query = asked.subarray(row * dimension, (row + 1) * dimension)
    for (let other = 0; other < train.count; other++)
      similarities[other] = dot(query, known, other * dimension)
    if (vote(nearest(similarities, k), similarities, trainLabels) === testLabels[row]) right++
  }
  return right / test.count
}

function dot(query: Float32Array, rows: Float32Array, start: number): number {
  // Four sums at a time: the additions of one would wait for each other.
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < query.length; i += 4) {
    a += (query[i] ?? 0) * (rows[start + i] ?? 0)
    b += (query[i + 1] ?? 0) * (rows[start + i + 1] ?? 0)
    c += (query[i + 2] ?? 0) * (rows[start + i + 2] ?? 0)
    d += (query[i + 3] ?? 0) * (rows[start + i + 3] ?? 0)
  }
  for (; i < query.length; i++) a += (query[i] ?? 0) * (rows[start + i] ?? 0)
  return a + b + c + d
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
