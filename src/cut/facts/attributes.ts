import { isRepeated } from '../../ops/leaf.ts'
import type { Node } from '../../ir/node.ts'

/** Attributes of a node whose op is known by name alone. */

export function list({ op, attributes }: Node, name: string): readonly number[] {
  const value = attributes[name]
  if (typeof value === 'object' && !(value instanceof Float64Array)) return value
  throw new Error(`${op.name} has no list '${name}'`)
}

export function numeric({ op, attributes }: Node, name: string): number {
  const value = attributes[name]
  if (typeof value === 'number') return value
  throw new Error(`${op.name} has no number '${name}'`)
}

/** The numbers of a constant, undefined for other nodes. */
export const constantValues = (node: Node | undefined): Float64Array | undefined =>
  node?.op.name === 'constant' && node.attributes.values instanceof Float64Array && !isRepeated(node)
    ? node.attributes.values
    : undefined
