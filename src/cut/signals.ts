import { found } from '../base/lists.ts'
import { topological } from '../ir/walk.ts'
import { signalNames, type Signal } from '../bundle/signals.ts'
import { deriveFacts } from './derive-facts.ts'
import { relations } from './facts/facts.ts'
import { rolesOf } from './roles.ts'
import type { Node } from '../ir/node.ts'
import type { Trace } from './trace.ts'
import type { TracedLayer } from './trace-layer.ts'

/** A signal and its shortest way through the graph: from the node that brings it to the update itself. */
export interface Reading extends Signal {
  readonly path: readonly Node[]
}

/**
 * Tells what updates of a trace read, `images` being the number of images in a batch. Activity, weights, draws and
 * memories are found by walking back from the update to the first of each. Relations between samples, and
 * numbers that all units share, are read off the facts of every node on the way, those of the layer's own
 * forward pass among them; what other layers hand over is taken as it is.
 */
export function signalReader(trace: Trace, images: number): (update: Node, layer: TracedLayer) => Reading[] {
  const connections = trace.layers.flatMap((layer) => layer.connections)
  const perUnit = new Set(connections.map(({ preactivation }) => preactivation.node))
  const facts = deriveFacts({ draws: trace.registry.draws, perUnit }, images)
  const { signalAt, isHandedOver, sources } = rolesOf(trace, facts)
  const places = new Map(trace.layers.map(({ name }, place) => [name, place]))
  const rank = ({ kind, layer }: Signal): [number, number] => [
    signalNames.indexOf(kind),
    layer === undefined ? -1 : found(places, layer, layer),
  ]

  return (update, own) => {
    const found = new Map<string, Reading>()
    const note = ({ kind, layer }: Signal, path: () => readonly Node[]) => {
      const key = `${kind} ${layer ?? ''}`
      if (!found.has(key)) found.set(key, { kind, layer, path: path() })
    }
    const given = walk(update, (node) => (signalAt(node, own)?.goesOn === false ? [] : sources(node)))
    for (const node of given.order) {
      const signal = signalAt(node, own)
      if (signal) note(signal, () => given.path(node))
    }
    const inner = (node: Node) => (isHandedOver(node, own) ? [] : sources(node))
    const inside = walk(update, inner)
    for (const kind of relations) {
      const arises = (node: Node) => !isHandedOver(node, own) && facts(node).arises.includes(kind)
      const node = firstArising(inside.order, inner, arises)
      if (node) note({ kind }, () => inside.path(node))
    }
    return [...found.values()].sort((a, b) => {
      const [[kind, place], [otherKind, otherPlace]] = [rank(a), rank(b)]
      return kind - otherKind || place - otherPlace
    })
  }
}

/** Breadth first from the update, so that every node is reached on a shortest way. */
function walk(
  update: Node,
  next: (node: Node) => readonly Node[],
): { readonly order: readonly Node[]; readonly path: (node: Node) => readonly Node[] } {
  const towards = new Map<Node, Node | undefined>([[update, undefined]])
  const order = [update]
  for (const node of order)
    for (const source of next(node))
      if (!towards.has(source)) {
        towards.set(source, node)
        order.push(source)
      }
  const path = (from: Node): Node[] => {
    const way: Node[] = []
    for (let node: Node | undefined = from; node; node = towards.get(node)) way.push(node)
    return way
  }
  return { order, path }
}

/** The node nearest to the update at which a relation arises anew: nothing that it is made of has it. */
function firstArising(
  order: readonly Node[],
  sources: (node: Node) => readonly Node[],
  arises: (node: Node) => boolean,
): Node | undefined {
  const [update] = order
  if (!update || !order.some(arises)) return undefined
  const marked = new Set<Node>()
  const anew = new Set<Node>()
  for (const node of topological([update], () => false, sources)) {
    const isMarked = sources(node).some((source) => marked.has(source))
    if (!isMarked && arises(node)) anew.add(node)
    if (isMarked || arises(node)) marked.add(node)
  }
  return order.find((node) => anew.has(node))
}
