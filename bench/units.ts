import type { Spread } from './statistics.ts'

/** Three significant digits, but no exponents. */
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** Median microseconds and quartiles: `0.09 µs (0.09–0.36)`. */
export const showMicroseconds = ({ median, low, high }: Spread): string =>
  `${median.toFixed(2)} µs (${low.toFixed(2)}–${high.toFixed(2)})`

/** `52.1 ms` */
export const showMilliseconds = (milliseconds: number): string => `${short(milliseconds)} ms`

/** Median milliseconds and quartiles: `52.1 ms (50.3–55.0)`. */
export const showTime = (time: Spread | undefined): string =>
  time ? `${short(time.median)} ms (${short(time.low)}–${short(time.high)})` : ''

/** `0.46 (0.44–0.49)`. */
export const showRatio = (ratio: Spread | undefined): string =>
  ratio ? `**${ratio.median.toFixed(2)}** (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})` : ''

export const showBytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`

/** Steps a second from milliseconds a step: `12.3/s (11.9–12.8)`. */
export const showStepRate = (time: Spread | undefined): string =>
  time ? `${short(1000 / time.median)}/s (${short(1000 / time.high)}–${short(1000 / time.low)})` : ''

/** How many times as many steps, from the ratio of their times: `**1.85×** (1.80–1.88)`. */
export const showSpeedUp = (ratio: Spread | undefined): string =>
  ratio
    ? `**${(1 / ratio.median).toFixed(2)}×** (${(1 / ratio.high).toFixed(2)}–${(1 / ratio.low).toFixed(2)})`
    : ''
