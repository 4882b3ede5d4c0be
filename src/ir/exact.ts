import { showType } from '../base/type.ts'
import { topological } from './walk.ts'
import type { Attributes, AttributeValue, Node, Region } from './node.ts'

/** What nodes compute, as text: equal texts mean equal computations, to the last bit of each constant. */

/** A number with all its digits: JSON would write -0 as 0, and NaN and infinities as null. */
const exactNumber = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** Every value as another text. */
export type Encode = (value: AttributeValue) => string

const exactValue: Encode = (value) => {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return exactNumber(value)
  return value instanceof Float64Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
    : value.map(exactNumber).join()
}

const attributesAs = (attributes: Attributes, encode: Encode): string =>
  Object.entries(attributes)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encode(value)}`))
    .sort()
    .join(' ')

/** Attributes do not change, and constants among them are long. */
const known = new WeakMap<Attributes, string>()

function exactAttributes(attributes: Attributes, encode: Encode): string {
  if (encode !== exactValue) return attributesAs(attributes, encode)
  const text = known.get(attributes) ?? attributesAs(attributes, encode)
  known.set(attributes, text)
  return text
}

/** A node on operands that have names or numbers of their own. */
export function exactNode(node: Node, operands: readonly unknown[], encode = exactValue): string {
  const { op, attributes, dtype, shape, regions } = node
  const inside = regions.map((region) => ` {\n${exactRegion(region, encode)}}`).join('')
  return `${op.name}(${operands.join()}) ${exactAttributes(attributes, encode)}: ${dtype}[${shape.join()}]${inside}`
}

/** What it is given counts by its place and type, not by its name: nobody reads that inside. */
function exactRegion({ inputs, outputs }: Region, encode: Encode): string {
  const given = inputs.map(({ node }) => node)
  const { lines, number } = exactLines(
    outputs.map(({ node }) => node),
    given,
    encode,
  )
  const results = outputs.map(({ node }) => number.get(node))
  return [...given.map((node) => `given ${showType(node)}`), ...lines, `return ${results.join()}`, ''].join(
    '\n',
  )
}

/** A line for each node that is not given, operands first, and the numbers of all. */
export function exactLines(
  roots: readonly Node[],
  given: readonly Node[] = [],
  encode: Encode = exactValue,
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
        encode,
      ),
    )
    number.set(node, number.size)
  }
  return { lines, number }
}
