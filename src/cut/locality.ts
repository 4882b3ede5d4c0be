import { showOrigin, UserError } from '../base/error.ts'
import { alwaysAllowed, describeSignal, inRuns, type SignalKind } from '../bundle/signals.ts'
import { signalReader, type Reading } from './signals.ts'
import { tellPath } from './tell-path.ts'
import type { Credit } from '../lang/credit.ts'
import type { Locality } from '../bundle/schema/locality.ts'
import type { TracedParameter } from './registry.ts'
import type { Trace } from './trace.ts'

/** What the update of one parameter reads. */
export interface UpdateReadings {
  readonly parameter: TracedParameter
  readonly reads: readonly Reading[]
  /** Whether its layer learns alone, so that the rule's declaration binds. */
  readonly alone: boolean
}

/** For every plastic parameter, the signals that its update is computed from; `images` is the batch. */
export function readUpdates(trace: Trace, images: number): UpdateReadings[] {
  const read = signalReader(trace, images)
  return trace.blockUpdates.flatMap(({ layers, taught }) =>
    taught.map(({ parameter, gradient }) => {
      const layer = trace.layers.find(({ name }) => name === parameter.layer)
      if (!layer) throw new Error(`no layer ${parameter.layer}`)
      return { parameter, reads: read(gradient, layer), alone: layers.length === 1 }
    }),
  )
}

/** @param order names of the layers from the input up */
export const localityTable = (updates: readonly UpdateReadings[], order: readonly string[]): Locality[] =>
  updates.map(({ parameter: { name, layer }, reads }) => ({
    parameter: name,
    layer,
    reads: inRuns(reads, order).map(({ kind, layer, through }) => ({
      kind,
      ...(layer === undefined ? {} : { layer }),
      ...(through === undefined ? {} : { through }),
    })),
  }))

/**
 * Holds the layers that learn alone to what their rule declares. Under global and block credit the credit itself
 * says that gradients cross layers.
 *
 * @throws UserError ('LocalityError') with the way of the first undeclared signal through the graph.
 */
export function checkDeclared(updates: readonly UpdateReadings[], { rule, allow, origin }: Credit): void {
  if (!rule.locality) return
  const allowed = new Set<SignalKind>([...alwaysAllowed, ...rule.locality, ...allow])
  for (const { parameter, reads, alone } of updates) {
    const [offending, ...others] = alone ? reads.filter(({ kind }) => !allowed.has(kind)) : []
    if (!offending) continue
    const missing = `'${offending.kind}'`
    const error = new UserError(
      'LocalityError',
      `the update of ${parameter.name} reads ${describeSignal(offending)}, which '${rule.name}' does not declare`,
      {
        origin: rule.origin,
        details: [
          'the path from the signal to the update:',
          ...[describeSignal(offending), ...tellPath(offending.path), parameter.name].map(
            (line) => `  ${line}`,
          ),
          ...(others.length > 0 ? [`not declared either: ${others.map(withKind).join(', ')}`] : []),
        ],
        help: `add ${missing} to the rule's locality, allow it here alone (local(…, { allow: [${missing}] })), or do not read it`,
      },
    )
    throw origin ? error.note(`for '${parameter.layer}', taught at ${showOrigin(origin)}`) : error
  }
}

const withKind = (signal: Reading): string => `${describeSignal(signal)} ('${signal.kind}')`
