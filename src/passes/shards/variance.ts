import { binary, unary } from '../../ops/arity.ts'
import { add, mul, mulOp, scale, sub, subOp } from '../../ops/elementwise.ts'
import { is } from '../../ops/is.ts'
import { meanOp, sum } from '../../ops/reduce.ts'
import { reshape, reshapeOp } from '../../ops/shape.ts'
import { addShards, joinShards } from '../../ops/shards.ts'
import { substituted } from '../rewrite/substituted.ts'
import { present } from '../../base/lists.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Variances over all images, as batch normalisation has them: means of the squares of values less their mean. As they are
 * written, the mean has to be known first, and shards would meet twice. Each makes the variance of its own images about
 * their own mean instead, which is as exact, and what lies between the means is added where they meet (Chan, Golub & LeVeque,
 * 1983).
 */

/** Whose variance a node is. */
export interface Variance {
  readonly values: Node
  /** Of the values, over the same axes. */
  readonly mean: Node
}

export function varianceOf(node: Node): Variance | undefined {
  const { base: square, axes } = underMeans(node)
  if (axes === '' || !is(square, mulOp)) return undefined
  const [centred, again] = binary(square)
  if (centred !== again || !is(centred, subOp)) return undefined
  const [values, shaped] = binary(centred)
  const mean = is(shaped, reshapeOp) ? unary(shaped) : shaped
  const under = underMeans(mean)
  return under.base === values && under.axes === axes ? { values, mean } : undefined
}

/** What means are taken of, one after the other, and over which axes. */
function underMeans(node: Node): { readonly base: Node; readonly axes: string } {
  let [base, axes] = [node, '']
  for (; is(base, meanOp); base = unary(base)) axes += `${JSON.stringify(base.attributes)} `
  return { base, axes }
}

/** A shard's own values and their mean, and the mean of all. */
export interface OwnVariance extends Variance {
  readonly ownValues: Node
  readonly ownMean: Node
  readonly whole: Node
  readonly shards: number
}

/** A variance of as many images in each shard. */
export function dealtVariance(
  node: Node,
  { values, mean, ownValues, ownMean, whole, shards }: OwnVariance,
): Node {
  const replaced = new Map([
    [values, ownValues],
    [mean, ownMean],
  ])
  const [ownVariance] = substituted([{ name: 'variance', node }], replaced)
  const row = [1, ...mean.shape]
  const means = joinShards(reshape(ownMean, row), { axis: 0, inner: 1, images: 1, shards })
  const apart = sub(means, reshape(whole, row))
  const own = addShards(present(ownVariance, 'variance').node, shards)
  return scale(add(own, sum(mul(apart, apart), [0])), 1 / shards)
}
