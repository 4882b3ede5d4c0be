import { unary } from '../../ops/arity.ts'
import { threeAxes } from '../../base/shapes.ts'
import { sameShape, type Shape } from '../../base/type.ts'
import { is } from '../../ops/is.ts'
import { isInput } from '../../ops/leaf.ts'
import { reshape, transpose, transposeOp } from '../../ops/shape.ts'
import { unshaped } from '../rewrite/unshaped.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Activities as they lie where they were computed: loops over slices leave them slice by slice. Put in order for whoever reads
 * them, they would be moved twice, as a reshape copies what leaves a graph; who gathers them gathers from where they are.
 */

/** How an activity crosses from graph to graph, and what puts it in order. */
export interface Lying {
  readonly shape: Shape
  /** In this shape, the first two axes change places. */
  readonly blocks: Shape | undefined
}

/** Activities that graphs hand on, by name. */
export interface HandedOn {
  /** Those that cross from graph to graph in pixel-major layout. */
  readonly pixelMajor: ReadonlySet<string>
  /** Those of them that cross as they lie, which is not in order. */
  readonly lying: ReadonlyMap<string, Lying>
}

export const nothingHandedOn: HandedOn = { pixelMajor: new Set(), lying: new Map() }

const isMade = (node: Node): boolean => !isInput(node)

/** What a value was before it was put in order, where it was. */
function lying(node: Node): { readonly source: Node; readonly how: Lying } | undefined {
  const flat = unshaped(node, isMade)
  const swaps = is(flat, transposeOp) && sameShape(flat.attributes.order, [1, 0, 2])
  const before = swaps ? unary(flat) : flat
  const source = unshaped(before, isMade)
  if (isInput(source) || source === node) return undefined
  return { source, how: { shape: source.shape, blocks: swaps ? threeAxes(before.shape) : undefined } }
}

interface Handing extends Pick<HandedOn, 'lying'> {
  readonly source: GraphSource
}

/** Hands those of these outputs that are pixel-major on as they lie, beside what others hand on. */
export function asTheyLie(
  { source, lying: before, pixelMajor }: Handing & HandedOn,
  activities: ReadonlySet<string>,
): Handing {
  const found = new Map(before)
  const outputs = source.outputs.map((binding) => {
    const isHanded = activities.has(binding.name) && pixelMajor.has(binding.name)
    const crossing = isHanded ? lying(binding.node) : undefined
    if (!crossing) return binding
    found.set(binding.name, crossing.how)
    return { name: binding.name, node: crossing.source }
  })
  return { source: { ...source, outputs }, lying: found }
}

/** What was handed on as it lies, in order and in its own shape. */
export const inOrder = (x: Node, { blocks }: Lying, shape: Shape): Node =>
  reshape(blocks ? transpose(reshape(x, blocks), [1, 0, 2]) : x, shape)
