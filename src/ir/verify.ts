import { sameShape, showType } from './type.ts'
import { topological } from './walk.ts'
import type { Node } from './node.ts'

/**
 * Checks what every pass must keep: nodes and their lists are frozen, sizes are whole numbers, and each type
 * is the one that its op infers. A failure is a bug of the compiler, so it throws a plain Error.
 */
export function verify(roots: readonly Node[]): void {
  for (const node of topological(roots)) {
    const fail = (problem: string): never => {
      throw new Error(`invalid ${node.op.name} in '${node.scope}': ${problem}`)
    }
    const lists = Object.values(node.attributes).filter(Array.isArray)
    if (![node, node.inputs, node.shape, node.attributes, ...lists].every(Object.isFrozen)) fail('not frozen')
    if (!node.shape.every((size) => Number.isInteger(size) && size >= 0)) fail(`shape ${showType(node)}`)
    const inferred = node.op.infer(node.inputs, node.attributes)
    if (inferred.dtype !== node.dtype || !sameShape(inferred.shape, node.shape))
      fail(`is ${showType(node)}, should be ${showType(inferred)}`)
  }
}
