import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import { cutName, isCut } from '../ops/stop.ts'
import { isPerSample } from './facts/facts.ts'
import type { Node } from '../ir/node.ts'
import type { Signal } from '../bundle/signals.ts'
import type { Derived } from './derive-facts.ts'
import type { Trace } from './trace.ts'
import type { TracedLayer } from './trace-layer.ts'

/** What the nodes of a trace are to one layer. */
export interface Roles {
  /** The signal that a node is, and whether what it is made of counts as well. */
  readonly signalAt: (node: Node, own: TracedLayer) => (Signal & { readonly goesOn: boolean }) | undefined
  /** Activity and new weights that are taken as they are, however they came about. */
  readonly isHandedOver: (node: Node, own: TracedLayer) => boolean
  /** What a node is made of; a memory, of what the step before put into it. */
  readonly sources: (node: Node) => readonly Node[]
}

interface Activity {
  readonly owner: TracedLayer
  readonly isInput: boolean
}

export function rolesOf({ layers, blockUpdates, registry }: Trace, facts: Derived): Roles {
  const activities = new Map(layers.flatMap(activitiesOf))
  const byName = new Map(layers.map((layer) => [layer.name, layer]))
  const outputs = new Map(layers.map((layer) => [layer.out, layer]))
  const boundaries = new Map(layers.map((layer) => [cutName(layer.boundary), layer]))
  const top = layers.at(-1)

  const parameters = new Map(registry.parameters.map((parameter) => [parameter.name, parameter]))
  const states = new Map(registry.states.map((state) => [state.name, state.node]))
  const owners = new Map(registry.parameters.map(({ node, layer }) => [node, layer]))
  const learns = new Set(blockUpdates.flatMap(({ taught }) => taught.map(({ parameter }) => parameter.node)))
  const stored = new Map<Node, Node>()
  for (const { name, node } of blockUpdates.flatMap(({ updates }) => updates)) {
    const [parameter, state] = [parameters.get(name), states.get(name)]
    // A moving average of weights reads the weights, not all that moved them.
    if (parameter) owners.set(node, parameter.layer)
    if (parameter && learns.has(parameter.node)) learns.add(node)
    if (state) stored.set(state, node)
  }

  const cutOwner = (node: Node) => (isCut(node) ? boundaries.get(cutName(node)) : undefined)
  const activity = (owner: TracedLayer, own: TracedLayer): Signal => {
    if (owner === own) return { kind: 'post' }
    return { kind: owner === top ? 'top' : 'layers', layer: owner.name }
  }
  const frozen = new Map(layers.flatMap(frozenValuesOf))
  const weights = (node: Node, own: TracedLayer): Signal => {
    const still = frozen.get(node)
    if (still !== undefined && still !== own) return { kind: 'transport', layer: still.name }
    const layer = owners.get(node)
    return layer === own.name || !learns.has(node) ? { kind: 'own' } : { kind: 'transport', layer }
  }

  return {
    sources: (node) => {
      const put = stored.get(node)
      return put ? [put] : node.inputs
    },
    isHandedOver: (node, own) => {
      const owner = outputs.get(node) ?? cutOwner(node)
      return node === own.input || owners.has(node) || (owner !== undefined && owner !== own)
    },
    signalAt: (node, own) => {
      if (isPresynaptic(node, own) || (isCut(node) && isPresynaptic(node.inputs[0], own)))
        return { kind: 'pre', goesOn: false }
      if (owners.has(node) || frozen.has(node)) return { ...weights(node, own), goesOn: false }
      const kind = givenKind(node)
      if (kind) return { kind, goesOn: kind === 'memory' }
      const found = activities.get(node)
      if (found?.owner === own && found.isInput) return { kind: 'pre', goesOn: false }
      const owner = found?.owner ?? cutOwner(node)
      if (owner) return { ...activity(owner, own), goesOn: false }
      // A layer applied to something else: its activity too, and what it was applied to counts as well.
      const again = node.layer === undefined || node.derivativeOf ? undefined : byName.get(node.layer)
      return again && isPerSample(facts(node)) ? { ...activity(again, own), goesOn: true } : undefined
    },
  }
}

/** What a layer reads, joined or as the layers below made it. */
const isPresynaptic = (node: Node | undefined, { input, reads }: TracedLayer): boolean =>
  node === input || reads.some((read) => read.node === node)

/**
 * What a frozen layer computes with, its running statistics too: no fixed numbers of whoever reads them, as random
 * feedback is, but the weights of another layer.
 */
const frozenValuesOf = (layer: TracedLayer): (readonly [Node, TracedLayer])[] =>
  layer.frozen
    ? [...layer.forward].flatMap((node) =>
        isInput(node) && ['parameter', 'state'].includes(node.attributes.role)
          ? [[node, layer] as const]
          : [],
      )
    : []

function givenKind(node: Node): 'memory' | 'draws' | 'labels' | 'image' | undefined {
  if (!isInput(node)) return undefined
  const { role } = node.attributes
  if (role === 'state') return 'memory'
  if (role === 'draw') return 'draws'
  if (role === 'labels') return 'labels'
  return role === 'views' || role === 'images' || role === 'features' ? 'image' : undefined
}

/**
 * The nodes of a layer that depend on its input; the others are functions of its parameters alone. Those that no
 * parameter has touched yet (the input flattened, or normalised) are what its weights read: still its input.
 */
function activitiesOf(layer: TracedLayer): (readonly [Node, Activity])[] {
  const found = new Map<Node, Activity>()
  const weighted = new Set<Node>()
  for (const node of topological([layer.out], (each) => each === layer.input)) {
    if (!layer.forward.has(node)) continue
    const isParameter = isInput(node) && node.attributes.role === 'parameter'
    if (isParameter || node.inputs.some((each) => weighted.has(each))) weighted.add(node)
    if (node.inputs.some((each) => each === layer.input || found.has(each)))
      found.set(node, { owner: layer, isInput: !weighted.has(node) })
  }
  return [...found]
}
