import { createHash } from 'node:crypto'
import { topological } from './walk.ts'
import type { Binding } from './graph.ts'
import type { AttributeValue } from './node.ts'

/** Numbers by their bytes: JSON would write -0 as 0 and NaN as null. */
function text(value: AttributeValue): string {
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  const numbers = typeof value === 'number' ? Float64Array.of(value) : Float64Array.from(value)
  return Buffer.from(numbers.buffer).toString('base64')
}

/**
 * SHA-256 of what these outputs compute: ops, attributes, types and names of inputs, and nothing of where they were
 * written. Two graphs that are built by the same steps have one.
 */
export function meaning(outputs: readonly Binding[]): string {
  const hash = createHash('sha256')
  const numbers = new Map(topological(outputs.map(({ node }) => node)).map((node, i) => [node, i]))
  for (const [{ op, inputs, attributes, dtype, shape }] of numbers) {
    const told = Object.entries(attributes)
      .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${text(value)}`))
      .sort()
    const operands = inputs.map((input) => numbers.get(input))
    hash.update(`${op.name}(${operands.join()}) ${told.join(' ')}: ${dtype}[${shape.join()}]\n`)
  }
  for (const { name, node } of outputs) hash.update(`${JSON.stringify(name)} = ${numbers.get(node) ?? ''}\n`)
  return hash.digest('hex')
}
