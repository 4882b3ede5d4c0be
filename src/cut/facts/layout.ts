import { at } from '../../base/lists.ts'
import { hull, type Axis, type Facts } from './facts.ts'
import type { Node } from '../../ir/node.ts'
import type { Shape } from '../../base/type.ts'

/** How axes meet: broadcasting, reshaping, and picking elements of an axis. */

export interface Layout {
  readonly axes: readonly Axis[]
  /** Elements of different samples have come to stand side by side. */
  readonly mixes: boolean
}

/** Axes of `shape` to which operands broadcast. */
export function join(shape: Shape, nodes: readonly Node[], operands: readonly Facts[]): Layout {
  let mixes = false
  const axes = shape.map((size, axis): Axis => {
    let joined: Axis = {}
    nodes.forEach((node, i) => {
      const own = axis - shape.length + node.shape.length
      const found = operands[i]?.axes[own]
      if (!found || node.shape[own] !== size) return
      if (found.sample !== undefined && joined.sample !== undefined && found.sample !== joined.sample)
        mixes = true
      joined = { sample: joined.sample ?? found.sample, unit: hull(joined.unit, found.unit) }
    })
    return joined
  })
  return { axes, mixes }
}

const strides = (shape: Shape): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))

/**
 * Axes after a reshape. Samples and units are digits of an element's place in memory: a digit is found again
 * in the axis that holds it whole. A digit of samples that no axis holds whole is lost, and the samples mixed.
 */
export function reshaped({ axes }: Facts, from: Shape, to: Shape, images: number): Layout {
  const [before, after] = [strides(from), strides(to)]
  const found: { sample?: number; unit?: Axis['unit'] }[] = to.map(() => ({}))
  let mixes = false
  axes.forEach(({ sample, unit }, axis) => {
    const stride = at(before, axis)
    if (sample !== undefined) {
      const place = sample * stride
      const home = to.findIndex((size, i) => {
        const step = at(after, i)
        return size > 1 && place % step === 0 && (step * size) % (place * images) === 0
      })
      const target = found[home]
      if (target && target.sample === undefined) target.sample = place / at(after, home)
      else mixes = true
    }
    if (unit && unit[0] === unit[1]) {
      const home = homeOfOne(unit[0] * stride, axis, [from, before], [to, after])
      const target = found[home]
      if (target) {
        const step = (unit[0] * stride) / at(after, home)
        target.unit = hull(target.unit, [step, step])
      }
    } else if (unit)
      to.forEach((size, i) => {
        const step = at(after, i)
        const [low, high] = [Math.max(unit[0] * stride, step), Math.min(unit[1] * stride, step * size)]
        const target = found[i]
        if (low < high && target) target.unit = hull(target.unit, [low / step, high / step])
      })
  })
  return { axes: found, mixes }
}

/**
 * Where a unit that is alone goes. It has no digit of its own, only a place between those of others: the axis of one
 * element there, counted in order where there are several, or else the end of the axis within.
 */
function homeOfOne(
  place: number,
  axis: number,
  [from, before]: readonly [Shape, readonly number[]],
  [to, after]: readonly [Shape, readonly number[]],
): number {
  const ones = (shape: Shape, steps: readonly number[]) =>
    shape.flatMap((size, i) => (size === 1 && steps[i] === place ? [i] : []))
  const [mine, theirs] = [ones(from, before), ones(to, after)]
  const same = theirs[Math.min(Math.max(mine.indexOf(axis), 0), theirs.length - 1)]
  return same ?? to.findIndex((size, i) => size > 1 && at(after, i) * size === place)
}

/** The sample of each of `size` elements of an axis. */
export const samplesAlong = (size: number, inner: number, images: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(i / inner) % images)

/** How many elements in a row belong to one sample, where these samples stand in whole views; else undefined. */
export function innerOf(samples: readonly number[], images: number): number | undefined {
  if (images === 1) return 1
  const inner = samples.findIndex((sample) => sample !== 0)
  const whole = inner > 0 && samples.length % (images * inner) === 0
  return whole && samples.every((sample, i) => sample === Math.floor(i / inner) % images) ? inner : undefined
}
