import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import { cutName, isCut } from '../ops/stop.ts'
import { signalNames, type Signal } from '../signals.ts'
import { deriveFacts } from './relations.ts'
import type { Node } from '../ir/node.ts'
import { relations } from './facts/facts.ts'
import type { Trace, TracedLayer } from './trace.ts'

/** A signal and its shortest way through the graph: from the node that brings it to the update itself. */
export interface Reading extends Signal {
  readonly path: readonly Node[]
}

/** Tells what updates of this trace read; `images` is the number of images in a batch. */
export function signalReader(
  { layers, lessons, registry }: Trace,
  images: number,
): (update: Node, layer: string) => Reading[] {
  const activities = new Map(layers.flatMap((layer) => dependents(layer).map((node) => [node, layer] as const)))
  const handed = new Map(layers.map((layer) => [layer.out, layer]))
  const cutOwner = (node: Node) => layers.find(({ name }) => cutName(node) === `${name}.out`)
  const taught = new Set(lessons.flatMap((lesson) => lesson.taught.map(({ parameter }) => parameter.node)))
  const stored = new Map(
    lessons
      .flatMap(({ updates }) => updates)
      .flatMap(({ name, node }) => {
        const state = registry.states.find((each) => each.name === name)
        return state ? [[state.node, node] as const] : []
      }),
  )
  /** Reading a memory is reading what was put into it. */
  const sources = (node: Node): readonly Node[] => {
    const put = stored.get(node)
    return put ? [put] : node.inputs
  }
  const facts = deriveFacts(registry, images)
  const topName = layers.at(-1)?.name

  /** The layer whose activity a node is. */
  const activityOf = (node: Node): TracedLayer | undefined =>
    activities.get(node) ?? (isCut(node) ? cutOwner(node) : undefined)

  function signalAt(node: Node, own: TracedLayer | undefined): Signal | undefined {
    if (own && (node === own.input || (isCut(node) && node.inputs[0] === own.input))) return { kind: 'pre' }
    if (isInput(node)) return givenSignal(node, own)
    const owner = activityOf(node)
    if (!owner) return undefined
    if (owner === own) return { kind: 'post' }
    return { kind: owner.name === topName ? 'top' : 'layers', layer: owner.name }
  }

  function givenSignal(node: Node, own: TracedLayer | undefined): Signal | undefined {
    switch (node.attributes.role) {
      case 'parameter': {
        const owner = registry.parameters.find((parameter) => parameter.node === node)?.layer
        return owner === own?.name || !taught.has(node)
          ? { kind: 'own' }
          : { kind: 'transport', layer: owner }
      }
      case 'state':
        return { kind: 'memory' }
      case 'draw':
        return { kind: 'draws' }
      case 'labels':
        return { kind: 'labels' }
      case 'rate':
      case 'step':
        return undefined
      default:
        return { kind: 'image' }
    }
  }

  return (update, layer) => {
    const own = layers.find(({ name }) => name === layer)
    const given = walk(update, (node) => {
      const signal = signalAt(node, own)
      return signal && signal.kind !== 'memory' ? [] : sources(node)
    })
    const found = new Map<string, Reading>()
    const note = (signal: Signal, path: () => readonly Node[]) => {
      const key = `${signal.kind} ${signal.layer ?? ''}`
      if (!found.has(key)) found.set(key, { ...signal, path: path() })
    }
    for (const node of given.order) {
      const signal = signalAt(node, own)
      if (signal) note(signal, () => given.path(node))
    }
    // Relations inside the layer's own forward pass count; what other layers hand out is taken as it is.
    const isHandedOver = (node: Node) => {
      const owner = handed.get(node) ?? (isCut(node) ? cutOwner(node) : undefined)
      return node === own?.input || (owner !== undefined && owner !== own)
    }
    const within = (node: Node) => (isHandedOver(node) ? [] : sources(node))
    const inside = walk(update, within)
    for (const kind of relations) {
      const node = firstArising(inside.order, within, (each) => facts(each).arises.includes(kind))
      if (node) note({ kind }, () => inside.path(node))
    }
    return [...found.values()].sort(
      (a, b) =>
        signalNames.indexOf(a.kind) - signalNames.indexOf(b.kind) || placeOf(a.layer) - placeOf(b.layer),
    )
  }

  function placeOf(layer: string | undefined): number {
    return layers.findIndex(({ name }) => name === layer)
  }
}

/** The nodes of a layer that depend on its input; the others are functions of its parameters alone. */
function dependents({ input, out, forward }: TracedLayer): Node[] {
  const found = new Set<Node>()
  for (const node of topological([out], (each) => each === input))
    if (forward.has(node) && node.inputs.some((each) => each === input || found.has(each))) found.add(node)
  return [...found]
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

/** The nearest node at which a relation arises anew: nothing that it is made of has it. */
function firstArising(
  order: readonly Node[],
  sources: (node: Node) => readonly Node[],
  arises: (node: Node) => boolean,
): Node | undefined {
  const [update] = order
  if (!update || !order.some(arises)) return undefined
  const reached = new Set(order)
  const marked = new Set<Node>()
  const anew = new Set<Node>()
  const inside = (node: Node) => sources(node).filter((source) => reached.has(source))
  for (const node of topological([update], () => false, inside)) {
    const isMarked = inside(node).some((source) => marked.has(source))
    if (isMarked || arises(node)) marked.add(node)
    if (!isMarked && arises(node)) anew.add(node)
  }
  return order.find((node) => anew.has(node))
}
