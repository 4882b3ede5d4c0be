/**
 * Inner product of `length` numbers of two lists, from a place of each on: four sums, since one would wait for itself.
 *
 * @throws RangeError where a list ends before
 */
export function dot(a: Float64Array, from: number, b: Float64Array, against: number, length: number): number {
  if (from + length > a.length || against + length > b.length)
    throw new RangeError(`${length} numbers from ${from} of ${a.length} and ${against} of ${b.length} on`)
  let first = 0
  let second = 0
  let third = 0
  let fourth = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    first += (a[from + i] ?? NaN) * (b[against + i] ?? NaN)
    second += (a[from + i + 1] ?? NaN) * (b[against + i + 1] ?? NaN)
    third += (a[from + i + 2] ?? NaN) * (b[against + i + 2] ?? NaN)
    fourth += (a[from + i + 3] ?? NaN) * (b[against + i + 3] ?? NaN)
  }
  for (; i < length; i++) first += (a[from + i] ?? NaN) * (b[against + i] ?? NaN)
  return first + second + (third + fourth)
}
