import { showType } from './type.ts'
import { topological } from './walk.ts'
import type { AttributeValue, Binding, Node, Region } from './node.ts'

const showAttribute = (value: AttributeValue): string => {
  if (typeof value === 'object') {
    const list = Array.from(value.slice(0, 8)).join(', ')
    return `[${list}${value.length > 8 ? `, … ${value.length}` : ''}]`
  }
  return String(value)
}

/**
 * One line per node, `%2: float32[4, 8] = matmul(%0, %1) {transposeB: true}`, operands before users; the regions of a
 * node below it, with numbers of their own. For people: of long lists only the beginning is shown.
 */
export const print = (roots: readonly Node[]): string => lines(roots, []).join('\n')

function lines(roots: readonly Node[], given: readonly Node[]): string[] {
  const isGiven = new Set(given)
  const inner = topological(roots, (node) => isGiven.has(node)).filter((node) => !isGiven.has(node))
  const number = new Map([...given, ...inner].map((node, index) => [node, index]))
  const reference = (node: Node) => `%${number.get(node) ?? -1}`
  const printed = inner.flatMap((node) => {
    const attributes = Object.entries(node.attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}: ${showAttribute(value)}`],
    )
    const suffix = attributes.length > 0 ? ` {${attributes.join(', ')}}` : ''
    const types = (node.results ?? [node]).map(showType).join(', ')
    return [
      `${reference(node)}: ${types} = ${node.op.name}(${node.inputs.map(reference).join(', ')})${suffix}`,
      ...node.regions.flatMap(regionLines),
    ]
  })
  return [...printed, `return ${roots.map(reference).join(', ')}`]
}

function regionLines({ inputs, outputs }: Region): string[] {
  const nodes = (bindings: readonly Binding[]) => bindings.map(({ node }) => node)
  const heads = inputs.map(({ name, node }, i) => `%${i}: ${showType(node)} = ${name}`)
  return [...heads, ...lines(nodes(outputs), nodes(inputs))].map((line) => `  ${line}`)
}
