import stringWidth from 'string-width'
import { printable } from '../../src/base/printable.ts'
import type { Progress } from './train.ts'

/** What is said of a training as it goes: one line, which fits where it is shown. */

const BETWEEN = ' · '
/** Sizes of a bar: it says what the percentage says, so it takes what is left. */
const BAR_SIZES = [20, 10, 5]

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(BETWEEN)

/** For a log: all of it. */
export const lineOf = (progress: Progress): string =>
  joined([
    `step ${progress.step}/${progress.totalSteps}`,
    epochOf(progress),
    speedOf(progress),
    leftOf(progress),
    rateOf(progress),
    layersOf(progress).join(' '),
    probeOf(progress),
  ])

/**
 * For a terminal, in at most so many columns. What is needed least is left out first, the parts keep their order, and
 * more columns never show less: of losses at least a mean, then those of the first and the last layers, then of all.
 *
 * @param bar a bar of so many characters
 */
export function lineWithin(columns: number, progress: Progress, bar: (size: number) => string): string {
  const done = `${Math.floor((100 * progress.step) / progress.totalSteps)}%`
  const [left, epoch, speed] = [leftOf(progress), epochOf(progress), speedOf(progress)]
  const [rate, probe, mean] = [rateOf(progress), probeOf(progress), meanOf(progress)]
  const ladder: readonly ((losses: string) => string[])[] = [
    () => [done],
    () => [done, left],
    (losses: string) => [done, left, losses],
    (losses: string) => [done, epoch, left, losses],
    (losses: string) => [done, epoch, speed, left, losses],
    (losses: string) => [done, epoch, speed, left, losses, probe],
    (losses: string) => [done, epoch, speed, left, rate, losses, probe],
  ]
  const fits = (text: string) => stringWidth(text) <= columns
  const last = ladder.findIndex((step) => !fits(joined(step(mean))))
  const step = ladder.at(last === -1 ? -1 : Math.max(0, last - 1))
  if (!step) throw new Error('a ladder without steps')
  const losses = last === -1 ? [...summaries(layersOf(progress)), mean] : [mean]
  const text = losses.map((each) => joined(step(each))).find(fits) ?? joined(step(mean))
  const size = BAR_SIZES.find((each) => each + 1 + stringWidth(text) <= columns)
  return size === undefined ? text : `${bar(size)} ${text}`
}

/** All, then fewer and fewer: the first layers and the last one, at least two. */
function summaries(layers: readonly string[]): string[] {
  const last = layers.at(-1) ?? ''
  const some = (first: number) => [...layers.slice(0, first), '…', last].join(' ')
  const fewer = layers.slice(2).map((_, without) => some(layers.length - 2 - without))
  return [layers.join(' '), ...fewer]
}

const epochOf = ({ step, stepsPerEpoch }: Progress): string =>
  `epoch ${((step - 1) / stepsPerEpoch + 1 / stepsPerEpoch).toFixed(1)}`
const speedOf = ({ imagesPerSecond }: Progress): string => `${imagesPerSecond.toFixed(0)} images/s`
const leftOf = ({ secondsLeft }: Progress): string => `${duration(secondsLeft)} left`
const rateOf = ({ rate }: Progress): string =>
  `rate ${rate > 0 && rate < 1e-3 ? rate.toExponential(1) : rate.toPrecision(2)}`
const lossOf = (name: string, loss: number): string => `${printable(name)} ${loss.toPrecision(3)}`
const layersOf = ({ losses }: Progress): string[] =>
  Object.entries(losses).map(([name, loss]) => lossOf(name, loss))

function meanOf({ losses }: Progress): string {
  const [first, ...others] = Object.entries(losses)
  if (!first) return ''
  if (others.length === 0) return lossOf(...first)
  const sum = others.reduce((total, [, loss]) => total + loss, first[1])
  return lossOf('loss', sum / (1 + others.length))
}

function probeOf({ probe }: Progress): string {
  const part = (value: number) => (100 * value).toFixed(1)
  return probe === undefined ? '' : `probe ${part(probe.linear)}% kNN ${part(probe.knn)}%`
}

/** `4m 05s`, `2h 10m`, `3d 04h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${two((whole % 3600) / 60)}m`
  return `${Math.floor(whole / 86400)}d ${two((whole % 86400) / 3600)}h`
}
