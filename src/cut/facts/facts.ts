import { is } from '../../ops/is.ts'
import type { Attributes, Node, Op } from '../../ir/node.ts'
import type { Shape } from '../../base/type.ts'

/**
 * What is known of a value's relation to the batch and to the units of a layer, found by abstract
 * interpretation: every op has a transfer function from the facts of its operands to those of its result.
 *
 * Rows of a batch are views × images × places: row r of `size` shows image floor(r / places) mod images. An
 * image is one sample, whatever the view or place.
 */
export interface Axis {
  /** Set where the axis runs over the samples: how many elements in a row belong to the same one. */
  readonly sample?: number | undefined
  /** Where the axis runs over units: from and to which stride within it, `[1, size]` for a whole axis. */
  readonly unit?: readonly [from: number, to: number] | undefined
}

export interface Facts {
  /** One per axis of the value. An axis of one element may run over units, of which there happens to be one. */
  readonly axes: readonly Axis[]
  /** A sum over the batch, to which every sample gives a part of its own. */
  readonly summed: boolean
  /** Made of all units of a layer, and the same for all of them. */
  readonly scalar: boolean
  /** Its samples were mixed in a way that is not understood: what is a sum over them is not known any more. */
  readonly tangled: boolean
}

/** What an op brings about between the samples or the units of its operands. */
export const relations = ['samples', 'statistics', 'scalar'] as const
export type Relation = (typeof relations)[number]

export interface Outcome extends Facts {
  readonly arises: readonly Relation[]
}

export type Transfer<A extends Attributes = Attributes> = (
  node: Node<A>,
  operands: readonly Facts[],
  images: number,
) => Outcome

/** The transfer function of an op, which knows its attributes. */
export const of = <A extends Attributes>(op: Op<A>, transfer: Transfer<A>): readonly [Op, Transfer] => [
  op,
  (node, operands, images) => {
    if (!is(node, op)) throw new Error(`${node.op.name} is not ${op.name}`)
    return transfer(node, operands, images)
  },
]

/** Facts of a value that depends neither on samples nor on units. */
export const plain = (shape: Shape): Outcome => ({
  axes: shape.map(() => ({})),
  summed: false,
  scalar: false,
  tangled: false,
  arises: [],
})

export const isPerSample = ({ axes }: Facts): boolean => axes.some(({ sample }) => sample !== undefined)
export const hasUnits = ({ axes }: Facts): boolean => axes.some(({ unit }) => unit !== undefined)

/** Of an axis that is not there, too, so that shapes need no checks here: types were inferred long ago. */
export const axisOf = ({ axes }: Facts, axis: number): Axis => axes[axis] ?? {}
export const only = ([x]: readonly Facts[]): Facts => {
  if (!x) throw new Error('an op lost its operand')
  return x
}

/** Whether a result is linear in those of its operands that are sums over the batch, given by position. */
export type Linearity = (summed: readonly number[]) => boolean
export const linear: Linearity = () => true
export const bilinear: Linearity = (summed) => summed.length < 2
export const nonlinear: Linearity = () => false

interface Draft {
  readonly axes: readonly Axis[]
  readonly linearity: Linearity
  /** Samples meet, which the axes alone may not show. */
  readonly mixes?: boolean
  /** The axis of the samples is lost. */
  readonly tangles?: boolean
  /** The op has just summed over the samples. */
  readonly sums?: boolean
  /** The op has just reduced or contracted axes, units perhaps among them. */
  readonly reduces?: boolean
}

/**
 * The rules that all ops share:
 * - a value with two axes of samples relates samples to each other;
 * - a sum over the batch stays one under linear ops with values that the batch does not change. Used in any
 *   other way, it is a statistic that the samples share;
 * - a number made of all units that meets a value per unit is a global scalar.
 */
export function settle(
  operands: readonly Facts[],
  { axes, linearity, mixes = false, tangles = false, sums = false, reduces = false }: Draft,
): Outcome {
  const tangled = tangles || operands.some((operand) => operand.tangled)
  const summed = operands.flatMap((operand, i) => (operand.summed ? [i] : []))
  const isStatistic = summed.length > 0 && (operands.some(isPerSample) || !linearity(summed))
  const crosses = axes.filter(({ sample }) => sample !== undefined).length > 1
  const withoutUnits = axes.every(({ unit }) => unit === undefined)
  const anyUnits = operands.some(hasUnits)
  const anyScalar = operands.some(({ scalar }) => scalar)
  return {
    axes,
    summed: !tangled && (sums || (summed.length > 0 && !isStatistic)),
    tangled,
    scalar: withoutUnits && (anyScalar || (reduces && anyUnits)),
    arises: [
      ...(mixes || crosses ? (['samples'] as const) : []),
      ...(isStatistic ? (['statistics'] as const) : []),
      ...(anyScalar && anyUnits ? (['scalar'] as const) : []),
    ],
  }
}

/** The smallest range that holds both. */
export const hull = (a: Axis['unit'], b: Axis['unit']): Axis['unit'] =>
  a && b ? [Math.min(a[0], b[0]), Math.max(a[1], b[1])] : (a ?? b)
