import { sizeOf } from '../base/shapes.ts'
import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import { plain, type Axis, type Outcome } from './facts/facts.ts'
import { transfers } from './facts/table.ts'
import { found } from '../base/lists.ts'
import type { Node } from '../ir/node.ts'
import type { Registry } from './registry.ts'

export type Derived = (node: Node) => Outcome

/** What facts cannot be read off the graph alone. */
interface Given {
  readonly draws: Registry['draws']
  /** What weights make of their input: activity per unit, even where there is one unit only. */
  readonly perUnit: ReadonlySet<Node>
}

/** Facts of any node of a trace, each derived once from those of its operands. */
export function deriveFacts({ draws, perUnit }: Given, images: number): Derived {
  const known = new Map<Node, Outcome>()
  const negatives = new Set(draws.flatMap(({ draw, node }) => (draw.kind === 'negatives' ? [node] : [])))
  const derive = (node: Node): Outcome => {
    if (negatives.has(node)) return { ...plain(node.shape), axes: [{}, { sample: 1 }] }
    if (isInput(node)) return { ...plain(node.shape), axes: givenAxes(node) }
    const transfer = transfers.get(node.op)
    if (!transfer) throw new Error(`what ${node.op.name} does to samples is not known`)
    const operands = node.inputs.map((input) => found(known, input, input.op.name))
    const outcome = transfer(node, operands, images)
    // One image has nothing to relate it to.
    const arises = images > 1 ? outcome.arises : outcome.arises.filter((kind) => kind === 'scalar')
    return { ...outcome, arises, scalar: outcome.scalar && !perUnit.has(node) }
  }
  return (wanted) => {
    for (const node of topological([wanted], (each) => known.has(each)))
      if (!known.has(node)) known.set(node, derive(node))
    return found(known, wanted, wanted.op.name)
  }
}

/** Images have a unit per channel, or per pixel where there is one channel; every number of a weight is one. */
function givenAxes({ attributes: { role }, shape }: Node): Axis[] {
  const all = (size: number): Axis => ({ unit: [1, size] })
  if (role === 'parameter' || role === 'state') return shape.map(all)
  const isImages = role === 'views' || role === 'images' || role === 'features'
  if (!isImages && role !== 'labels') return shape.map(() => ({}))
  return shape.map((size, axis) => {
    if (axis === 0) return { sample: 1 }
    return (sizeOf(shape, 1) === 1) === axis > 1 ? all(size) : {}
  })
}
