/** Below this there is little to gain from blocks. */
export const SMALLEST_BLOCKED = 2 ** 19

/** The divisor of `count` nearest to the wanted size, where there is one of a quarter to twice that. */
export function blockSize(count: number, wanted: number): number | undefined {
  if (count < SMALLEST_BLOCKED) return undefined
  const distance = (size: number) => Math.abs(Math.log2(size / wanted))
  let best: number | undefined
  for (let blocks = Math.ceil(count / (2 * wanted)); blocks <= (4 * count) / wanted; blocks++) {
    if (count % blocks !== 0) continue
    if (best === undefined || distance(count / blocks) < distance(best)) best = count / blocks
  }
  return best
}
