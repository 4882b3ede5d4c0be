/** Times of work that is repeated: once without counting, then as often as a turn allows; in one of no length, once in all. */

const [FEWEST, MOST] = [2, 30]

/**
 * @param work does its steps once
 * @param steps that it does
 * @param seconds of a turn
 * @returns milliseconds of a step, one for each time
 */
export async function timed(work: () => Promise<unknown>, steps: number, seconds: number): Promise<number[]> {
  const fewest = seconds > 0 ? FEWEST : 1
  if (seconds > 0) await work()
  const times: number[] = []
  const began = performance.now()
  while (times.length < fewest || (times.length < MOST && performance.now() - began < 1000 * seconds)) {
    const start = performance.now()
    await work()
    times.push((performance.now() - start) / steps)
  }
  return times
}
