import { setTimeout } from 'node:timers'

/**
 * What a promise resolves to; rejects with `stuck()` as soon as the process has nothing left to do that could settle
 * it, and with `stuck(seconds)` where it is pending for that long.
 */
export async function settled<Result>(
  promise: Promise<Result>,
  seconds: number,
  stuck: (seconds?: number) => Error,
): Promise<Result> {
  let stop: () => void = () => undefined
  const never = new Promise<never>((_, reject) => {
    const idle = () => {
      reject(stuck())
    }
    const timer = setTimeout(() => {
      reject(stuck(seconds))
    }, seconds * 1000).unref()
    process.once('beforeExit', idle)
    stop = () => {
      clearTimeout(timer)
      process.off('beforeExit', idle)
    }
  })
  try {
    return await Promise.race([promise, never])
  } finally {
    stop()
  }
}

/** Lets timers that are due, and promises that were rejected and left alone, be heard. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    // Timers of the same length run in their order, and 1 ms is the shortest.
    setTimeout(resolve, 1)
  })
