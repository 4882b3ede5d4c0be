import type { Spread } from './statistics.ts'

/** Three significant digits, but no exponents. */
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** Median milliseconds and quartiles: `52.1 ms (50.3–55.0)`. */
export const showTime = (time: Spread | undefined): string =>
  time ? `${short(time.median)} ms (${short(time.low)}–${short(time.high)})` : ''

/** `0.46 (0.44–0.49)`. */
export const showRatio = (ratio: Spread | undefined): string =>
  ratio ? `**${ratio.median.toFixed(2)}** (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})` : ''

export const showBytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`
