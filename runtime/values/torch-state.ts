import { found } from '../../src/base/lists.ts'
import { batchCounts, torchNames } from './torch-names.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { HostTensor } from './tensor.ts'
import type { Values } from './value-store.ts'

/**
 * An encoder's parameters and statistics as a `state_dict` of PyTorch has them: see docs/export.md for the names.
 *
 * @param step what batch norms have counted
 * @throws UserError as `torchNames`
 */
export function torchState(
  { parameters, states }: Pick<Section, 'parameters' | 'states'>,
  values: Values,
  step: number,
): [string, HostTensor][] {
  const names = torchNames(parameters, states)
  const renamed = [...parameters, ...states].map(({ name }): [string, HostTensor] => [
    found(names, name, name),
    found(values, name, name),
  ])
  const counts = batchCounts(names.values()).map((name): [string, HostTensor] => [
    name,
    { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step)) },
  ])
  return [...renamed, ...counts]
}
