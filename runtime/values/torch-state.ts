import { found } from '../../src/base/lists.ts'
import { batchCounts, torchNames } from './torch-names.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { HostTensor } from './tensor.ts'
import type { Values } from './value-store.ts'

/** What a manifest says of an encoder's values and layers. */
interface Trained {
  readonly encode: Pick<Section, 'parameters' | 'states'>
  readonly program: {
    readonly layers: readonly { readonly name: string; readonly frozen?: boolean | undefined }[]
  }
}

/**
 * An encoder's parameters and statistics as a `state_dict` of PyTorch has them: see docs/export.md for the names.
 *
 * @param step what batch norms have counted; those of frozen layers, which count nothing, have 0
 * @throws UserError as `torchNames`
 */
export function torchState(
  { encode: { parameters, states }, program: { layers } }: Trained,
  values: Values,
  step: number,
): [string, HostTensor][] {
  const names = torchNames(parameters, states)
  const renamed = [...parameters, ...states].map(({ name }): [string, HostTensor] => [
    found(names, name, name),
    found(values, name, name),
  ])
  const frozen = new Set(layers.filter((layer) => layer.frozen).map(({ name }) => name))
  const counts = states.flatMap(({ name, layer }) =>
    batchCounts([found(names, name, name)]).map((count): [string, HostTensor] => [
      count,
      { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(frozen.has(layer) ? 0 : step)) },
    ]),
  )
  return [...renamed, ...counts]
}
