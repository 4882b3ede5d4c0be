import { options, type Checks } from '../check.ts'
import { flag } from '../kinds.ts'
import { axisOf } from '../operands.ts'
import type { Node } from '../../ir/node.ts'

export interface ReduceOptions {
  /** Whether the reduced axes stay, with size 1, so that the result broadcasts against what it is of; default false. */
  readonly keepDims?: boolean
}

/** What reductions take: axes one after the other, none meaning all, and options behind them. */
export type Axes = readonly number[] | readonly [...axes: number[], options: ReduceOptions]

const checks: Checks<ReduceOptions> = { keepDims: flag.optional() }

/** Axes from 0 on; all of them where none is given. */
export const axesOf = (x: Node, axes: readonly unknown[]): readonly number[] =>
  axes.length > 0 ? axes.map((axis) => axisOf(x, axis)) : x.shape.map((_, axis) => axis)

const isOptions = (value: number | ReduceOptions | undefined): value is ReduceOptions =>
  typeof value === 'object' && !Array.isArray(value)

/** The axes over which a method reduces, and whether they stay. */
export function argumentsOf(
  x: Node,
  method: string,
  given: Axes,
): readonly [axes: readonly number[], keep: boolean] {
  const last = given.at(-1)
  if (!isOptions(last)) return [axesOf(x, given), false]
  const { keepDims = false } = options(method, checks, last, { kind: 'TraceError' })
  return [axesOf(x, given.slice(0, -1)), keepDims]
}
