import { options, type Checks } from '../check.ts'
import { flag } from '../kinds.ts'
import { axisOf } from '../operands.ts'
import type { Node } from '../../ir/node.ts'

/** What reductions take beside their axes. */
export interface ReduceOptions {
  /** Whether the reduced axes stay, with size 1, so that the result broadcasts against what it is of; default false. */
  readonly keepDims?: boolean
}

/** What reductions take: axes one after the other, none meaning all, and options behind them. */
export type Axes = readonly number[] | readonly [...axes: number[], options: ReduceOptions]

const checks: Checks<ReduceOptions> = { keepDims: flag.optional() }

const isOptions = (value: number | ReduceOptions | undefined): value is ReduceOptions =>
  typeof value === 'object' && !Array.isArray(value)

/** The axes over which a method reduces, from 0 on, and whether they stay. */
export function argumentsOf(
  x: Node,
  method: string,
  given: Axes,
): { readonly axes: readonly number[]; readonly keepDims: boolean } {
  const last = given.at(-1)
  const named = isOptions(last) ? given.slice(0, -1) : given
  const { keepDims = false } = isOptions(last) ? options(method, checks, last, { kind: 'TraceError' }) : {}
  const axes = named.length > 0 ? named.map((axis) => axisOf(x, axis)) : x.shape.map((_, axis) => axis)
  return { axes, keepDims }
}
