import { sizeOf } from '../../base/shapes.ts'
import { concat } from '../../ops/concat.ts'
import { add } from '../../ops/elementwise.ts'
import { gather } from '../../ops/gather.ts'
import { filled } from '../../ops/leaf.ts'
import { reshape } from '../../ops/shape.ts'
import { uniformValue } from '../simplify/constants.ts'
import type { Shape } from '../../base/type.ts'
import type { Node } from '../../ir/node.ts'
import type { Digit, JoinAttributes } from '../../ops/shards.ts'

/** How the images of a batch are dealt: shard s has images [s · own, (s + 1) · own) of every view. */
export interface Deal {
  readonly images: number
  readonly shards: number
  /** Images of one shard. */
  readonly own: number
}

export const dealOf = (images: number, shards: number): Deal => ({ images, shards, own: images / shards })

/** Whether an axis of that size is made of whole batches. */
export const isWhole = (size: number, inner: number, { images }: Deal): boolean =>
  size > 0 && size % (images * inner) === 0

/** Whether what is dealt so is made of whole batches: rows that are padded, cut or joined with others are not. */
export const areWhole = (
  values: readonly Node[],
  digits: readonly (Digit | undefined)[],
  deal: Deal,
): boolean =>
  values.every(({ shape }, i) => {
    const digit = digits[i]
    return !digit || isWhole(sizeOf(shape, digit.axis), digit.inner, deal)
  })

/** The shape of a shard's part. */
export const partShape = (shape: Shape, { axis }: Digit, { shards }: Deal): Shape =>
  shape.map((size, i) => (i === axis ? size / shards : size))

/** A shard's part of a value that it has whole; `index` is the number of the shard. */
export function partOf(x: Node, digit: Digit, deal: Deal, index: Node): Node {
  const shape = partShape(x.shape, digit, deal)
  const everywhere = uniformValue(x)
  if (everywhere !== undefined) return filled(x.dtype, shape, everywhere)
  const { axis, inner } = digit
  const length = deal.own * inner
  const split = [
    ...x.shape.slice(0, axis),
    ...[sizeOf(shape, axis) / length, deal.shards, length],
    ...x.shape.slice(axis + 1),
  ]
  return reshape(gather(reshape(x, split), index, axis + 1), shape)
}

/** The parts of all shards as one. */
export function joined(parts: readonly Node[], { axis, inner, images, shards }: JoinAttributes): Node {
  const [first] = parts
  if (!first) throw new Error('there are no shards to join')
  const { shape } = first
  const length = images * inner
  const split = [...shape.slice(0, axis), ...[sizeOf(shape, axis) / length, length], ...shape.slice(axis + 1)]
  const whole = concat(
    parts.map((part) => reshape(part, split)),
    axis + 1,
  )
  return reshape(
    whole,
    shape.map((size, i) => (i === axis ? size * shards : size)),
  )
}

/** The sum of the parts, from the first to the last. */
export const added = (parts: readonly Node[]): Node => parts.reduce((sum, part) => add(sum, part))
