import { elements, sameShape, type Shape } from '../../base/type.ts'
import { topological } from '../../ir/walk.ts'
import { isBinary, isUnary } from '../../ops/traits.ts'
import type { Node } from '../../ir/node.ts'

/** What an optimizer does to a parameter and its states: chains of element-wise ops with common operands. */
export interface Region {
  readonly results: readonly Node[]
  readonly inner: ReadonlySet<Node>
}

/** Outputs of one shape that are computed from common values, with the element-wise ops behind them. */
export function regionsOf(outputs: readonly Node[], bound: ReadonlySet<Node>): Region[] {
  let regions: (Region & { readonly reads: ReadonlySet<Node> })[] = []
  for (const node of new Set(outputs)) {
    const inner = cone(node, bound)
    if (inner.size === 0) continue
    const mine = readsOf(inner)
    const touching = regions.filter(
      (region) =>
        sameShape(region.results[0]?.shape ?? [], node.shape) &&
        [...mine].some((each) => region.reads.has(each)),
    )
    regions = [
      ...regions.filter((region) => !touching.includes(region)),
      {
        results: [...touching.flatMap(({ results }) => results), node],
        inner: new Set([...touching.flatMap(({ inner }) => [...inner]), ...inner]),
        reads: new Set([...touching.flatMap(({ reads }) => [...reads]), ...mine]),
      },
    ]
  }
  return regions
}

/** Values of more than one number that nodes read. */
const readsOf = (nodes: ReadonlySet<Node>): Set<Node> =>
  new Set([...nodes].flatMap(({ inputs }) => inputs.filter(({ shape }) => elements(shape) > 1)))

export const isScalar = ({ shape }: { readonly shape: Shape }): boolean => elements(shape) === 1

/** The element-wise ops of the result's shape that lead to it without a break. */
function cone(result: Node, bound: ReadonlySet<Node>): Set<Node> {
  const fits = (node: Node) =>
    !bound.has(node) &&
    (isUnary(node) || isBinary(node)) &&
    sameShape(node.shape, result.shape) &&
    node.inputs.every((each) => isScalar(each) || sameShape(each.shape, result.shape))
  return new Set(topological([result], (node) => !fits(node)).filter(fits))
}
