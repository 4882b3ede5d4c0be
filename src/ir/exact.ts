import { showType } from './type.ts'
import { topological } from './walk.ts'
import type { Attributes, AttributeValue, Node, Region } from './node.ts'

/** What nodes compute, as text: equal texts mean equal computations, to the last bit of each constant. */

/** Numbers by their bytes: JSON would write -0 as 0, and NaN and infinities as null. */
function exactValue(value: AttributeValue): string {
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  const numbers = typeof value === 'number' ? Float64Array.of(value) : Float64Array.from(value)
  return Buffer.from(numbers.buffer).toString('base64')
}

const exactAttributes = (attributes: Attributes): string =>
  Object.entries(attributes)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${exactValue(value)}`))
    .sort()
    .join(' ')

/** A node on operands that have names or numbers of their own. */
export function exactNode(
  { op, attributes, dtype, shape, regions }: Node,
  operands: readonly unknown[],
): string {
  const inside = regions.map((region) => ` {\n${exactRegion(region)}}`).join('')
  return `${op.name}(${operands.join()}) ${exactAttributes(attributes)}: ${dtype}[${shape.join()}]${inside}`
}

/** What it is given counts by its place and type, not by its name: nobody reads that inside. */
function exactRegion({ inputs, outputs }: Region): string {
  const given = inputs.map(({ node }) => node)
  const { lines, number } = numbered(
    outputs.map(({ node }) => node),
    given,
  )
  const results = outputs.map(({ node }) => number.get(node))
  return [...given.map((node) => `given ${showType(node)}`), ...lines, `return ${results.join()}`, ''].join(
    '\n',
  )
}

/** A line for each node that is not given, operands first, and the numbers of all. */
export function numbered(
  roots: readonly Node[],
  given: readonly Node[] = [],
): { readonly lines: readonly string[]; readonly number: ReadonlyMap<Node, number> } {
  const number = new Map(given.map((node, i) => [node, i]))
  const isGiven = new Set(given)
  const lines: string[] = []
  for (const node of topological(roots, (each) => isGiven.has(each))) {
    if (isGiven.has(node)) continue
    lines.push(
      exactNode(
        node,
        node.inputs.map((input) => number.get(input)),
      ),
    )
    number.set(node, number.size)
  }
  return { lines, number }
}
