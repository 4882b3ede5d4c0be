import { showType } from './type.ts'
import { topological } from './walk.ts'
import type { AttributeValue, Node } from './node.ts'

const showAttribute = (value: AttributeValue): string => {
  if (typeof value === 'object') {
    const list = Array.from(value.slice(0, 8)).join(', ')
    return `[${list}${value.length > 8 ? `, … ${value.length}` : ''}]`
  }
  return String(value)
}

/** One line per node, `%2: float32[4, 8] = matmul(%0, %1) {transposeB: true}`, operands before users. */
export function print(roots: readonly Node[]): string {
  const nodes = topological(roots)
  const number = new Map(nodes.map((node, index) => [node, index]))
  const reference = (node: Node) => `%${number.get(node) ?? -1}`
  const lines = nodes.map((node) => {
    const attributes = Object.entries(node.attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}: ${showAttribute(value)}`],
    )
    const suffix = attributes.length > 0 ? ` {${attributes.join(', ')}}` : ''
    return `${reference(node)}: ${showType(node)} = ${node.op.name}(${node.inputs.map(reference).join(', ')})${suffix}`
  })
  return [...lines, `return ${roots.map(reference).join(', ')}`].join('\n')
}
