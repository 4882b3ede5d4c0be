import type { NodeProto } from './proto.ts'

/** Nodes whose result is their operand's memory. */
const views = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten'])

/**
 * The most bytes of results that are alive at once, where nodes run in their order and each result is freed after its
 * last reader. What the graph gives lives to the end; what it is given is not counted.
 *
 * @param inside bytes alive at once inside a node that is a loop, beside its results
 */
export function peakBytes(
  nodes: readonly NodeProto[],
  outputs: readonly string[],
  sizeOf: (value: string) => number,
  inside: (node: NodeProto) => number = () => 0,
): number {
  const owners = new Map<string, string>()
  const owner = (value: string): string => owners.get(value) ?? value
  const lastUse = new Map<string, number>()
  const made = new Set<string>()
  nodes.forEach(({ opType, input, output }, place) => {
    for (const value of input ?? []) lastUse.set(owner(value), place)
    for (const value of output ?? []) {
      const source = input?.[0]
      if (views.has(opType ?? '') && source !== undefined) owners.set(value, owner(source))
      else made.add(value)
      lastUse.set(owner(value), place)
    }
  })
  for (const value of outputs) lastUse.set(owner(value), nodes.length)
  const freed: string[][] = nodes.map(() => [])
  for (const [value, place] of lastUse) if (made.has(value)) freed[place]?.push(value)
  let [alive, most] = [0, 0]
  nodes.forEach((node, place) => {
    for (const value of node.output ?? []) if (made.has(value)) alive += sizeOf(value)
    most = Math.max(most, alive + inside(node))
    for (const value of freed[place] ?? []) alive -= sizeOf(value)
  })
  return most
}
