import { sameShape, showType, type Type } from '../base/type.ts'
import { topological } from './walk.ts'
import type { Node, Region } from './node.ts'

/**
 * Nodes that were found sound: they are frozen, so they stay so, in every later graph, too. Those with regions are looked
 * at again: a region is a list of names beside its nodes, and nothing freezes it.
 */
const sound = new WeakSet<Node>()

/**
 * Checks what every pass must keep: nodes and their lists are frozen, sizes are whole numbers, each type is the one
 * that its op infers, of several results only one is read at a time, and a region reads nothing but what it is given.
 * A failure is a bug of the compiler, so it throws a plain Error.
 */
export function verify(roots: readonly Node[], given: readonly Node[] = []): void {
  const isGiven = new Set(given)
  for (const node of topological(roots, (each) => isGiven.has(each))) {
    if (isGiven.has(node) || sound.has(node)) continue
    verifyNode(node)
    if (node.regions.length === 0) sound.add(node)
  }
}

function verifyNode(node: Node): void {
  const { op, inputs, attributes, regions, results } = node
  const fail = (problem: string): never => {
    throw new Error(`invalid ${op.name} in '${node.scope}': ${problem}`)
  }
  const lists = Object.values(attributes).filter(Array.isArray)
  if (![node, inputs, node.shape, attributes, regions, results, ...lists].every(Object.isFrozen))
    fail('not frozen')
  if (!node.shape.every((size) => Number.isInteger(size) && size >= 0)) fail(`shape ${showType(node)}`)
  requireSame([node], [op.infer(inputs, attributes, regions)], fail)
  requireSame(results ?? [], op.results?.(inputs, attributes, regions) ?? [], fail)
  if (inputs.some((input) => input.results) && op.selects !== true) fail('reads several results as one')
  for (const region of regions) verifyRegion(region, fail)
}

function requireSame(
  found: readonly Type[],
  inferred: readonly Type[],
  fail: (problem: string) => never,
): void {
  const isSame = ({ dtype, shape }: Type, other: Type | undefined) =>
    dtype === other?.dtype && sameShape(shape, other.shape)
  if (found.length !== inferred.length || !found.every((type, i) => isSame(type, inferred[i])))
    fail(`is ${found.map(showType).join()}, should be ${inferred.map(showType).join()}`)
}

function verifyRegion({ inputs, outputs }: Region, fail: (problem: string) => never): void {
  const given = new Set(inputs.map(({ node }) => node))
  const roots = outputs.map(({ node }) => node)
  const stray = topological(roots, (node) => given.has(node)).find(
    (node) => node.op.given === true && !given.has(node),
  )
  if (stray) fail(`its region reads '${String(stray.attributes.name)}', which it is not given`)
  verify(roots, [...given])
}
