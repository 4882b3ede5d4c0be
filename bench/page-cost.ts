/**
 * What the operating system takes for a page of memory that is used for the first time. On a virtual machine it can be
 * dear: then whoever gives large buffers back, and takes them anew in each step, as PyTorch does with glibc's defaults,
 * spends much of the step on it.
 */

const PAGE = 4096
/** Larger than what an allocator keeps at hand. */
const BYTES = 2 ** 26

/** Microseconds of a fresh page of 4 KB. */
export function pageCost(): number {
  const memory = Buffer.allocUnsafeSlow(BYTES)
  const touch = (): number => {
    const began = performance.now()
    for (let at = 0; at < BYTES; at += PAGE) memory[at] = 1
    return performance.now() - began
  }
  const [first, again] = [touch(), touch()]
  return (1000 * Math.max(0, first - again)) / (BYTES / PAGE)
}
