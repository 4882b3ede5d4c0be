import { elements, sameShape, type Shape } from '../../base/type.ts'
import { is } from '../../ops/is.ts'
import { matMulOp, type MatMulAttributes } from '../../ops/matmul.ts'
import { maxOp, type ReduceAttributes } from '../../ops/reduce.ts'
import { reshapeOp } from '../../ops/shape.ts'
import { isBinary, isUnary } from '../../ops/traits.ts'
import { uniformValue } from '../simplify/constants.ts'
import type { Node } from '../../ir/node.ts'

/**
 * How a value consists of tiles of a map: in memory, `before` equal parts follow each other, each holds all tiles,
 * and the numbers of a tile lie together. So a group of tiles is cut out of any shape that has the tiles in one axis.
 */
export interface Tiled {
  readonly before: number
}

/** The axis of a shape that holds the tiles, after `lead` parts of it. */
interface Place {
  readonly axis: number
  readonly lead: number
}

function placeOf(shape: Shape, { before }: Tiled, tiles: number): Place | undefined {
  let prefix = 1
  for (const [axis, size] of shape.entries()) {
    const lead = before / prefix
    if (Number.isInteger(lead) && size % (lead * tiles) === 0) return { axis, lead }
    prefix *= size
  }
  return undefined
}

const at = (shape: Shape, { axis, lead }: Place): Tiled => ({ before: elements(shape.slice(0, axis)) * lead })

/** The shape of one of `slices` groups of the tiles; undefined where the shape does not keep tiles together. */
export function sliceShape(shape: Shape, tiled: Tiled, tiles: number, slices: number): Shape | undefined {
  const place = placeOf(shape, tiled, tiles)
  return place && shape.map((size, axis) => (axis === place.axis ? size / slices : size))
}

/** What a node does with tiles: `sum` adds up over all of them. */
export type Effect = { readonly tiled: Tiled; readonly entering: readonly (Tiled | undefined)[] } | 'sum'

/**
 * The effect of a node, some of whose operands are tiled; undefined where it wants all tiles at once. `entering`
 * tells of operands that are not tiled yet how they have to be.
 */
export function effect(
  node: Node,
  operands: readonly (Tiled | undefined)[],
  tiles: number,
): Effect | undefined {
  const [a, b] = node.inputs
  const [left, right] = operands
  if (a && left && is(node, reshapeOp)) return kept(node.shape, left, tiles)
  if (a && left && isUnary(node)) return { tiled: left, entering: [] }
  if (a && left && is(node, maxOp)) return overFirstAxis(node, a.shape, left, tiles)
  if (a && b && is(node, matMulOp)) return product(node, [a, b], [left, right], tiles)
  return isBinary(node) ? together(node, operands, tiles) : undefined
}

const kept = (shape: Shape, tiled: Tiled, tiles: number): Effect | undefined =>
  placeOf(shape, tiled, tiles) && { tiled, entering: [] }

function overFirstAxis(
  node: Node<ReduceAttributes>,
  shape: Shape,
  tiled: Tiled,
  tiles: number,
): Effect | undefined {
  const place = placeOf(shape, tiled, tiles)
  const { axes, keep } = node.attributes
  if (!place || place.axis === 0 || !sameShape(axes, [0]) || keep) return undefined
  return { tiled: at(node.shape, { axis: place.axis - 1, lead: place.lead }), entering: [] }
}

/** Element by element, axes aligned from the last. */
function together(node: Node, operands: readonly (Tiled | undefined)[], tiles: number): Effect | undefined {
  const aligned = (shape: Shape, axis: number) => axis - (node.shape.length - shape.length)
  const places = node.inputs.flatMap(({ shape }, i) => {
    const tiled = operands[i]
    const place = tiled && placeOf(shape, tiled, tiles)
    return place ? [{ axis: place.axis + node.shape.length - shape.length, lead: place.lead }] : []
  })
  const [place] = places
  if (!place || places.some(({ axis, lead }) => axis !== place.axis || lead !== place.lead)) return undefined
  const entering = node.inputs.map(({ shape }, i) => {
    const axis = aligned(shape, place.axis)
    if (operands[i] || axis < 0 || shape[axis] === 1) return undefined
    return at(shape, { axis, lead: place.lead })
  })
  return { tiled: at(node.shape, place), entering }
}

/** Maps of the parts before the tiles, products of each tile's rows, and sums of products over all rows. */
function product(
  { shape, attributes: { transposeA, transposeB } }: Node<MatMulAttributes>,
  [a, b]: readonly [Node, Node],
  [left, right]: readonly [Tiled | undefined, Tiled | undefined],
  tiles: number,
): Effect | undefined {
  const [rows, columns] = [left && placeOf(a.shape, left, tiles), right && placeOf(b.shape, right, tiles)]
  const flat = a.shape.length === 2 && b.shape.length === 2
  if (flat && columns && !left && !transposeB)
    return columns.axis > 0 ? { tiled: at(shape, columns), entering: [] } : isOneRow(a) ? 'sum' : undefined
  if (flat || rows?.axis !== a.shape.length - 2 || rows.lead !== 1) return undefined
  if (!right) return transposeA ? undefined : { tiled: at(shape, rows), entering: [] }
  const summed = transposeA && !transposeB && columns?.axis === rows.axis && columns.lead === 1
  return summed ? 'sum' : undefined
}

/** A row of one number: as good for some of the tiles as for all. */
const isOneRow = (node: Node): boolean => node.shape[0] === 1 && uniformValue(node) !== undefined
