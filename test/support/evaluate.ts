import { compileNodes } from '../../testing/compile-nodes.ts'
import { input } from '../../src/ops/leaf.ts'
import type { Node } from '../../src/ir/node.ts'
import type { DType } from '../../src/base/dtype.ts'

export { compileNodes, type Evaluate } from '../../testing/compile-nodes.ts'

export async function evaluate(
  outputs: readonly Node[],
  feeds: ReadonlyMap<Node, ArrayLike<number>> = new Map(),
): Promise<Float64Array[]> {
  const compiled = await compileNodes(outputs, [...feeds.keys()])
  return compiled(feeds)
}

/** A leaf for tests. */
export const leaf = (dtype: DType, shape: readonly number[]): Node => input('parameter', 'x', dtype, shape)
