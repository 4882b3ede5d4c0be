import { createHash } from 'node:crypto'
import { exactLines, type Encode } from './exact.ts'
import type { Binding } from './graph.ts'

/** Numbers by their bytes. */
const bytes: Encode = (value) => {
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  const numbers = typeof value === 'number' ? Float64Array.of(value) : Float64Array.from(value)
  return Buffer.from(numbers.buffer).toString('base64')
}

/**
 * SHA-256 of what these outputs compute: ops, attributes, types and names of inputs, and nothing of where they were
 * written. Two graphs that are built by the same steps have one.
 */
export function meaning(outputs: readonly Binding[]): string {
  const { lines, number } = exactLines(
    outputs.map(({ node }) => node),
    [],
    bytes,
  )
  const named = outputs.map(({ name, node }) => `${JSON.stringify(name)} = ${number.get(node) ?? ''}`)
  const hash = createHash('sha256')
  for (const line of [...lines, ...named]) hash.update(`${line}\n`)
  return hash.digest('hex')
}
