import { createHash } from 'node:crypto'
import { numbered } from './exact.ts'
import type { Binding } from './graph.ts'

/**
 * SHA-256 of what these outputs compute: ops, attributes, types and names of inputs, and nothing of where they were
 * written. Two graphs that are built by the same steps have one.
 */
export function meaning(outputs: readonly Binding[]): string {
  const { lines, number } = numbered(outputs.map(({ node }) => node))
  const named = outputs.map(({ name, node }) => `${JSON.stringify(name)} = ${number.get(node) ?? ''}`)
  const hash = createHash('sha256')
  for (const line of [...lines, ...named]) hash.update(`${line}\n`)
  return hash.digest('hex')
}
