import { unary } from '../../ops/arity.ts'
import { at, found } from '../../base/lists.ts'
import { sizeOf, threeAxes } from '../../base/shapes.ts'
import { elements, sameShape, type Shape } from '../../base/type.ts'
import { addAt, addAtOp } from '../../ops/add-at.ts'
import { gather, gatherOp } from '../../ops/gather.ts'
import { constant, constantValues } from '../../ops/leaf.ts'
import { concat, concatOp } from '../../ops/concat.ts'
import { reshape, reshapeOp, transposeOp } from '../../ops/shape.ts'
import { is, operandsOf } from '../../ops/is.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Blocks of rows that change places, which is what slices of tiles ask for. Where the rows are gathered anyway, they are
 * gathered from or to their new places instead.
 */

/** For each row of the result, the row it was: blocks [first, second, rows of a block] become [second, first, …]. */
const swapped = (first: number, second: number, block: number): number[] =>
  Array.from({ length: first * second * block }, (_, row) => {
    const [outer, inner] = [Math.floor(row / (first * block)), Math.floor(row / block) % first]
    return (inner * second + outer) * block + (row % block)
  })

/** [first, second, numbers of a block], where a node swaps the two. */
function blocks(node: Node): ReturnType<typeof threeAxes> | undefined {
  return is(node, transposeOp) && sameShape(node.attributes.order, [1, 0, 2])
    ? threeAxes(unary(node).shape)
    : undefined
}

/** Numbers of a row. */
const rowLength = ({ shape }: Node): number => elements(shape.slice(1))

const indices = (values: readonly number[], shape: Shape = [values.length]): Node =>
  constant('int64', shape, values)

interface Unswapped {
  /** Rows in the order before they changed places. */
  readonly rows: Node
  /** Where each row is there. */
  readonly places: readonly number[]
}

/** Several gathers of the same rows share what they gather from. */
const known = new WeakMap<Node, Unswapped | undefined>()

function unswapped(x: Node): Unswapped | undefined {
  if (!known.has(x)) known.set(x, is(x, concatOp) ? padded(x) : swappedBlocks(x))
  return known.get(x)
}

/** More rows behind those that changed places: the zeros beyond a map. */
function padded(x: Node<Readonly<{ axis: number }>>): Unswapped | undefined {
  const [inner, ...others] = x.inputs
  const before = inner && x.attributes.axis === 0 ? unswapped(inner) : undefined
  if (!before) return undefined
  const count = before.places.length
  const added = Array.from({ length: sizeOf(x.shape, 0) - count }, (_, i) => count + i)
  return { rows: concat([before.rows, ...others], 0), places: [...before.places, ...added] }
}

function swappedBlocks(x: Node): Unswapped | undefined {
  const [inner] = operandsOf(x, reshapeOp)
  const swap = inner && blocks(inner)
  if (!swap) return undefined
  const [from, [first, second, size]] = [unary(inner), swap]
  if (size === 0 || size % rowLength(x) !== 0) return undefined
  const [source = from] = operandsOf(from, reshapeOp)
  return { rows: reshape(source, x.shape), places: swapped(first, second, size / rowLength(x)) }
}

/** Gathers rows from where they were before they changed places. */
export function gatheredUnswapped(node: Node): Node | undefined {
  const [x, picked] = node.inputs
  const values = picked && constantValues(picked)
  const before = x && values && node.attributes.axis === 0 ? unswapped(x) : undefined
  if (!before || !values) return undefined
  const moved = Array.from(values, (row) => at(before.places, row))
  return gather(before.rows, indices(moved, picked.shape))
}

/** Rows in another order, `order[i]` the row that becomes row i, where they are gathered and need no move of their own. */
function reordered(x: Node, order: readonly number[]): Node | undefined {
  const [from, picked, updates] = x.inputs
  const values = picked && constantValues(picked)
  if (!from || !values) return undefined
  if (is(x, gatherOp) && x.attributes.axis === 0 && picked.shape.length === 1)
    return gather(from, indices(order.map((row) => at(values, row))))
  const base = is(x, addAtOp) && updates ? reordered(from, order) : undefined
  if (!base || !updates) return undefined
  const places = new Map(order.map((row, place) => [row, place]))
  return addAt(base, indices(Array.from(values, (row) => found(places, row, 'the place of a row'))), updates)
}

/** Rows that were gathered and change places. */
export function swappedGather(node: Node): Node | undefined {
  const [shaped] = node.inputs
  const swap = blocks(node)
  const [rows] = operandsOf(shaped, reshapeOp)
  if (!rows || !swap) return undefined
  const [first, second, size] = swap
  if (size === 0 || rows.shape.length < 2 || size % rowLength(rows) !== 0) return undefined
  const moved = reordered(rows, swapped(first, second, size / rowLength(rows)))
  return moved && reshape(moved, node.shape)
}
