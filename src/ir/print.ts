import { found } from '../base/lists.ts'
import { showType } from '../base/type.ts'
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
export const print = (roots: readonly Node[]): string => {
  const { printed, reference } = numbered(roots, [])
  return [...printed, `return ${roots.map(reference).join(', ')}`].join('\n')
}

/** What a graph is given and what it makes of it, with the names that both have outside. */
export function printGraph({ inputs, outputs }: Region): string {
  const given = inputs.map(({ node }) => node)
  const isGiven = new Set(given)
  const roots = outputs.map(({ node }) => node)
  const used = new Set(topological(roots, (node) => isGiven.has(node)))
  return regionLines({ inputs: inputs.filter(({ node }) => used.has(node)), outputs }).join('\n')
}

function numbered(roots: readonly Node[], given: readonly Node[]) {
  const isGiven = new Set(given)
  const inner = topological(roots, (node) => isGiven.has(node)).filter((node) => !isGiven.has(node))
  const number = new Map([...given, ...inner].map((node, index) => [node, index]))
  const reference = (node: Node) => `%${found(number, node, `the number of ${node.op.name}`)}`
  const printed = inner.flatMap((node) => {
    const attributes = Object.entries(node.attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}: ${showAttribute(value)}`],
    )
    const suffix = attributes.length > 0 ? ` {${attributes.join(', ')}}` : ''
    const types = (node.results ?? [node]).map(showType).join(', ')
    return [
      `${reference(node)}: ${types} = ${node.op.name}(${node.inputs.map(reference).join(', ')})${suffix}`,
      ...node.regions.flatMap(regionLines).map((line) => `  ${line}`),
    ]
  })
  return { printed, reference }
}

function regionLines({ inputs, outputs }: Region): string[] {
  const nodes = (bindings: readonly Binding[]) => bindings.map(({ node }) => node)
  const { printed, reference } = numbered(nodes(outputs), nodes(inputs))
  const heads = inputs.map(({ name, node }, i) => `%${i}: ${showType(node)} = ${name}`)
  const results = outputs.map(({ name, node }) => `${name} = ${reference(node)}`)
  return [...heads, ...printed, `return ${results.join(', ')}`]
}
