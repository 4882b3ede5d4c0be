import { sizeOf } from '../base/shapes.ts'
import { Misfit, make, onlyType } from './define.ts'
import { noWork, opaque } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/**
 * Where the shards of a batch meet. A graph that holds these is what each shard runs; it is cut at them, and what they stand
 * for, values of all shards side by side, is only written in the graphs that read them.
 */

const notWritten = (_: unknown, { op }: Node): never => {
  throw new Error(`${op.name} is where a graph of shards is cut`)
}

/** An axis of which each shard has its part: rows in which runs of `inner` elements belong to one image. */
export type Digit = Readonly<{ axis: number; inner: number }>
/** `images` of them are those of one shard. */
export type JoinAttributes = Digit & Readonly<{ images: number; shards: number }>

/** The rows of all shards in the order of the whole batch. */
export const joinShardsOp: Op<JoinAttributes> = {
  name: 'joinShards',
  traits: opaque(noWork),
  infer: (inputs, { axis, inner, images, shards }) => {
    const { dtype, shape } = onlyType(inputs)
    if (sizeOf(shape, axis) % (inner * images) !== 0)
      throw new Misfit(`has no whole images along axis ${axis}`)
    return { dtype, shape: shape.map((size, i) => (i === axis ? size * shards : size)) }
  },
  emit: notWritten,
  samples: [],
}

export type AddAttributes = Readonly<{ shards: number }>

/** The sum of what the shards have, in their order. */
export const addShardsOp: Op<AddAttributes> = {
  name: 'addShards',
  traits: opaque(noWork),
  infer: (inputs) => onlyType(inputs),
  emit: notWritten,
  samples: [],
}

export const joinShards = (x: Node, attributes: JoinAttributes): Node => make(joinShardsOp, [x], attributes)
export const addShards = (x: Node, shards: number): Node => make(addShardsOp, [x], { shards })

export const shardOps = [joinShardsOp, addShardsOp]
