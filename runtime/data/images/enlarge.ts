import { at } from '../../../src/base/lists.ts'
import type { Fit } from './fit.ts'

/**
 * Makes images larger, to the bits of Pillow's bicubic filter (with its fixed-point weights). libvips, which makes them
 * smaller, moves what it enlarges by half a pixel.
 */

const SUPPORT = 2
const ONE = 2 ** 22

/** Keys' cubic with a = −0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
}

interface Taps {
  readonly first: number
  /** Of ONE. */
  readonly weights: readonly number[]
}

/** Which values a value of the larger line is made of. */
function tapsFor(from: number, to: number): Taps[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to
    const first = Math.max(0, Math.trunc(centre - SUPPORT + 0.5))
    const end = Math.min(from, Math.trunc(centre + SUPPORT + 0.5))
    const weights = Array.from({ length: end - first }, (_, tap) => cubic(tap + first - centre + 0.5))
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return {
      first,
      weights: weights.map((weight) => {
        const fixed = (weight / sum) * ONE
        return Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
      }),
    }
  })
}

/** Along one axis: `lines` lines that begin at `start`, whose values are `step` apart. */
function along(
  from: Uint8Array,
  into: Uint8Array,
  taps: readonly Taps[],
  {
    lines,
    step,
    start,
    startInto,
  }: {
    readonly lines: number
    readonly step: number
    readonly start: (line: number) => number
    readonly startInto: (line: number) => number
  },
): void {
  for (let line = 0; line < lines; line++) {
    const [begin, beginInto] = [start(line), startInto(line)]
    for (const [i, { first, weights }] of taps.entries()) {
      let sum = ONE / 2
      for (const [tap, weight] of weights.entries()) sum += weight * at(from, begin + (first + tap) * step)
      into[beginInto + i * step] = Math.min(255, Math.max(0, Math.floor(sum / ONE)))
    }
  }
}

/** Pixels of three channels, resized and cut to [height, width]. */
export function enlarge(
  pixels: Uint8Array,
  from: { readonly width: number; readonly height: number },
  fit: Fit,
  wanted: { readonly width: number; readonly height: number },
): Uint8Array {
  const columns = tapsFor(from.width, fit.width).slice(fit.left, fit.left + wanted.width)
  const rows = tapsFor(from.height, fit.height).slice(fit.top, fit.top + wanted.height)
  const [row, rowInto] = [3 * from.width, 3 * wanted.width]
  const wide = new Uint8Array(from.height * rowInto)
  for (let channel = 0; channel < 3; channel++)
    along(pixels, wide, columns, {
      ...{ lines: from.height, step: 3 },
      start: (line) => line * row + channel,
      startInto: (line) => line * rowInto + channel,
    })
  const whole = new Uint8Array(wanted.height * rowInto)
  along(wide, whole, rows, {
    ...{ lines: rowInto, step: rowInto },
    start: (line) => line,
    startInto: (line) => line,
  })
  return whole
}
