import { firstDifference } from './same-values.ts'
import { showOrigin } from '../base/error.ts'
import { isInput } from '../ops/leaf.ts'
import type { BlockUpdate } from '../cut/block-update.ts'
import type { Node } from '../ir/node.ts'
import type { TracedLayer } from '../cut/trace-layer.ts'
import type { TracedParameter } from '../cut/registry.ts'

/** What the two gradients of a layer have in common before any number is measured. */
export interface LayerComparison {
  readonly layer: string
  /** Whether both are the gradient of one and the same loss, so that their cosine is 1 by construction. */
  readonly byConstruction: boolean
  /** Why a cosine below 1 need not be the doing of local credit: sentences for people. */
  readonly notes: readonly string[]
}

interface Sides {
  readonly layers: readonly TracedLayer[]
  /** Of the program as it is, and of its rule under global credit. */
  readonly own: readonly BlockUpdate[]
  readonly global: BlockUpdate
  readonly parameters: readonly TracedParameter[]
  /** Names of what is kept from step to step. */
  readonly states: ReadonlySet<string>
}

/**
 * Where local updates and backpropagation are not those of one loss. A rule sees other tensors under global credit: its
 * `input` are the images there, its `layers` all layers, its `target` a slow copy of the whole encoder. What it makes of
 * them is compared, graph against graph; and what it does not leave to its loss is named.
 */
export function compareSides({ parameters, ...sides }: Sides): LayerComparison[] {
  const { layers, own } = sides
  const lossNotes = notesOfLoss(sides)
  const top = own.at(-1)
  return layers.flatMap(({ name }) => {
    const inLayer = parameters.filter(({ layer }) => layer === name)
    if (inLayer.length === 0) return []
    const block = own.find((each) => each.layers.some((layer) => layer.name === name))
    const taught = new Map(block?.taught.map((each) => [each.parameter.node, each]))
    const explicit = inLayer.filter(({ node }) => taught.get(node)?.isExplicit === true)
    const untaught = inLayer.filter(({ node }) => !taught.has(node))
    const notes = [
      ...lossNotes,
      ...(explicit.length > 0
        ? [
            `the rule gives explicit updates of ${list(explicit)}, which are compared with the gradient of its loss`,
          ]
        : []),
      ...(untaught.length > 0
        ? [`nothing teaches ${list(untaught)}, which counts as an update of zero`]
        : []),
    ]
    return [{ layer: name, byConstruction: block === top && notes.length === 0, notes }]
  })
}

/** `weight and bias`: alike for all layers that have them. */
const list = (parameters: readonly TracedParameter[]): string =>
  parameters
    .map(({ name, layer }) => (name.startsWith(`${layer}.`) ? name.slice(layer.length + 1) : name))
    .join(' and ')

/** What of the loss at the top is not what it is under global credit: its value, or what its memories keep. */
function notesOfLoss({ layers, own, global, states }: Omit<Sides, 'parameters'>): string[] {
  const difference = firstDifference(layers.map(({ out }) => out))
  const called = describing(layers)
  const [here, there] = [own.at(-1)?.loss, global.loss]
  const found = here && there ? difference(here, there) : undefined
  if (found) {
    const [ours, theirs] = [called(found.here), called(found.there)]
    const place = found.reader?.origin ?? found.here.origin
    const what =
      ours === undefined || theirs === undefined
        ? 'it computes something else there'
        : `it reads ${theirs} where, by the program's own credit, it reads ${ours}`
    const where = place ? ` (${showOrigin(place)})` : ''
    return [`under global credit the loss at the top is another function: ${what}${where}`]
  }
  const kept = new Map(own.flatMap(({ updates }) => updates.map(({ name, node }) => [name, node])))
  const moved = global.updates.flatMap(({ name, node }) => {
    const next = kept.get(name)
    return !states.has(name) || (next && !difference(next, node)) ? [] : [name]
  })
  return moved.length === 0
    ? []
    : [
        `under global credit the rule would keep something else in ${moved.join(', ')}: ` +
          "what the program's own credit keeps there is read by both",
      ]
}

/** A node as the user knows it; undefined where it is one of many steps. */
const describing =
  (layers: readonly TracedLayer[]) =>
  (node: Node): string | undefined => {
    const layer = layers.find(({ out, boundary }) => node === out || node === boundary)
    if (layer) return `the activity of '${layer.name}'`
    if (!isInput(node)) return undefined
    const { role, name } = node.attributes
    return role === 'views' ? 'the images' : `${role === 'state' ? 'the memory ' : ''}'${name}'`
  }
