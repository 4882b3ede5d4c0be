import { binary } from '../../ops/arity.ts'
import { elements } from '../../base/type.ts'
import { weightGradientOp } from '../../ops/conv.ts'
import { scatterAddOp } from '../../ops/gather.ts'
import { is } from '../../ops/is.ts'
import { matMulOp } from '../../ops/matmul.ts'
import { meanOp, sumOp } from '../../ops/reduce.ts'
import type { Node } from '../../ir/node.ts'
import type { Digit } from '../../ops/shards.ts'

/** A result that is a sum over the images: each shard makes its own of its parts, and all are added. */
export interface SumRecipe {
  /** Of each operand, how it is dealt. */
  readonly operands: readonly Digit[]
  /** Whether what is added are means, of as many images each. */
  readonly isMean: boolean
}

/** A product of few rows that has more elements than they: it is made once, of the rows of all shards. */
function isThin(node: Node): boolean {
  const [a, b] = binary(node)
  return 2 * (elements(a.shape) + elements(b.shape)) <= elements(node.shape)
}

/**
 * @param dealt of each operand, how it is dealt; undefined where it is whole
 * @returns undefined where the result is no sum of what shards make of their parts
 */
export function sumRecipe(node: Node, dealt: readonly (Digit | undefined)[]): SumRecipe | undefined {
  const [first, second] = dealt
  if (is(node, sumOp) || is(node, meanOp))
    return first && node.attributes.axes.includes(first.axis)
      ? { operands: [first], isMean: is(node, meanOp) }
      : undefined
  if (is(node, scatterAddOp)) return scattered(binary(node)[1], first, second)
  const axes = contracted(node)
  const inner = first?.inner ?? second?.inner
  if (!axes || inner === undefined) return undefined
  const operands = axes.map((axis) => ({ axis, inner }))
  const fits = dealt.every((digit, i) => !digit || digit.axis === operands[i]?.axis)
  return fits ? { operands, isMean: false } : undefined
}

/** Rows that lead anywhere: each shard adds its own to rows of all. */
const scattered = (
  { shape }: Node,
  rows: Digit | undefined,
  places: Digit | undefined,
): SumRecipe | undefined =>
  rows && rows.axis < shape.length && (!places || (places.axis === rows.axis && places.inner === rows.inner))
    ? { operands: [rows, rows], isMean: false }
    : undefined

/** The axes of two operands that a product sums over. */
function contracted(node: Node): readonly [number, number] | undefined {
  if (is(node, weightGradientOp)) return [0, 0]
  if (!is(node, matMulOp) || isThin(node)) return undefined
  const [a, b] = binary(node)
  const { transposeA, transposeB } = node.attributes
  return [a.shape.length - (transposeA ? 2 : 1), b.shape.length - (transposeB ? 1 : 2)]
}
