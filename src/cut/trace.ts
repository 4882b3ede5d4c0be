import { at } from '../base/lists.ts'
import { UserError } from '../base/error.ts'
import { traceBlockUpdate, type BlockUpdate } from './block-update.ts'
import { Registry } from './registry.ts'
import { traceLayer, type Read, type TracedLayer } from './trace-layer.ts'
import { blockSizes } from '../lang/credit.ts'
import { IMAGES, requireReadInBlock, sourcesOf } from '../lang/wiring.ts'

import type { Training } from './scene.ts'

export type { Training } from './scene.ts'

export interface Trace {
  readonly layers: readonly TracedLayer[]
  readonly blockUpdates: readonly BlockUpdate[]
  readonly registry: Registry
}

/**
 * The layers of an encoder, and the blocks that they form; `isTraining` is false where only what they make of images
 * is wanted.
 */
export function traceEncoder(
  { encoder, learn, rows }: Training,
  registry: Registry,
  isTraining = true,
): { readonly layers: readonly TracedLayer[]; readonly blocks: readonly (readonly TracedLayer[])[] } {
  const sizes = blockSizes(learn, encoder.length)
  const sources = sourcesOf(encoder)
  requireReadInBlock(encoder, sources, sizes)
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0))
  const startOf = (place: number) => starts.findLast((start) => start <= place)
  const layers: TracedLayer[] = []
  encoder.forEach((layer, place) => {
    const reads = at(sources, place).map((source): Read => {
      if (source === IMAGES) return { layer: undefined, node: rows }
      const below = at(layers, source)
      return { layer: below, node: startOf(source) === startOf(place) ? below.out : below.boundary }
    })
    layers.push(traceLayer(layer, reads, registry, isTraining))
  })
  const blocks = starts.map((start, block) => layers.slice(start, start + at(sizes, block)))
  return { layers, blocks }
}

/** Runs the program's functions once over symbolic tensors. */
export function trace(training: Training, registry = new Registry()): Trace {
  const { learn } = training
  const { layers, blocks } = traceEncoder(training, registry)
  const blockUpdates = blocks.map((members) => traceBlockUpdate({ training, members, layers, registry }))
  if (layers.every(({ frozen }) => frozen))
    throw new UserError('ProgramError', 'every layer of the encoder is frozen: nothing would learn', {
      origin: training.encoder[0]?.origin,
      help: 'leave frozen: true out where a layer is to learn; frozen features need no training: hebb probe, hebb export',
    })
  if (blockUpdates.every(({ taught }) => taught.length === 0))
    throw new UserError('RuleError', `'${learn.rule.name}' teaches no parameter of any layer`, {
      origin: learn.rule.origin ?? learn.origin,
      help: 'return a loss, or name what learns: { updates: { weight: … } }',
    })
  return { layers, blockUpdates, registry }
}
