import { showOrigin, UserError } from '../base/error.ts'
import { knownValues } from './known-values.ts'
import type { Credit } from '../lang/credit.ts'
import type { Node } from '../ir/node.ts'
import type { BlockUpdate } from './block-update.ts'
import { turnsOfSection, type TracedLayer } from './trace-layer.ts'
import type { Trace } from './trace.ts'

/**
 * Holds a rule to moving what it teaches. What is zero or infinite before any data are, because the batch has one
 * image or a layer has one unit, is told here instead of being trained.
 *
 * @throws UserError ('RuleError') at the rule's line.
 */
export function checkLearning({ blockUpdates }: Trace, learn: Credit, images: number): void {
  const known = knownValues()
  const failure = (node: Node | undefined, { name }: TracedLayer, problem: string, help: string) => {
    const error = new UserError('RuleError', problem, { origin: node?.origin ?? learn.rule.origin, help })
    return learn.origin ? error.note(`for '${name}', taught at ${showOrigin(learn.origin)}`) : error
  }
  for (const blockUpdate of blockUpdates)
    for (const layer of blockUpdate.layers) {
      const taught = blockUpdate.taught.filter(({ parameter }) => parameter.layer === layer.name)
      const gradients = taught.map(
        ({ parameter, gradient }) => [`the gradient of ${parameter.name}`, gradient] as const,
      )
      for (const [what, node] of [...lossOf(blockUpdate), ...gradients]) {
        const { infinite } = known(node)
        if (infinite)
          throw failure(
            infinite,
            layer,
            `${what} is never a finite number: this ${infinite.op.name} gives none, whatever the data`,
            oneOf(images, layer) ?? 'is something divided by zero?',
          )
      }
      if (taught.length > 0 && taught.every(({ gradient }) => known(gradient).value === 0))
        throw failure(
          blockUpdate.loss,
          layer,
          `the gradient of ${taught.map(({ parameter }) => parameter.name).join(', ')} is always zero`,
          oneOf(images, layer) ?? 'does the loss depend on the activity of the layer?',
        )
    }
}

const lossOf = ({ loss, layers }: BlockUpdate): (readonly [string, Node])[] =>
  loss ? [[`the loss of '${layers.at(-1)?.name ?? ''}'`, loss]] : []

/** What there is one of, and may be why. */
function oneOf(images: number, layer: TracedLayer): string | undefined {
  const { name, out } = layer
  const places = out.shape.slice(2)
  if (images === 1) return 'there is one image in a batch: raise batch'
  if (turnsOfSection(layer) === 1) return `'${name}' has one unit: give it more channels or units`
  return places.length > 0 && places.every((size) => size === 1)
    ? `the map of '${name}' has one pixel: pool less, or give larger images`
    : undefined
}
