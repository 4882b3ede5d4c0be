import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Tensor, type LayerScope, type Module } from '../../src/index.ts'
import { leaf } from './evaluate.ts'
import type { Node } from '../../src/ir/node.ts'

/** PyTorch's numbers for single layers: `test/reference/layers.py` writes them. */

const tensor = z.object({ shape: z.array(z.number()), values: z.array(z.number()) })
const tensors = z.record(z.string(), tensor)
const reference = z.object({
  input: tensor,
  parameters: tensors,
  draws: tensors.default({}),
  upstream: tensor,
  output: tensor,
  gradients: tensors,
  /** Of batch norm: a second input, the statistics after both, and what it then makes of the second. */
  second: tensor.optional(),
  running: tensors.default({}),
  evaluated: tensor.optional(),
})
export type LayerReference = z.infer<typeof reference>

export const layerReferences = z
  .record(z.string(), reference)
  .parse(JSON.parse(readFileSync(new URL('../reference/layers.json', import.meta.url), 'utf8')))

export interface AppliedModule {
  readonly out: Tensor
  /** The input and the parameters, by name. */
  readonly leaves: ReadonlyMap<string, Node>
  /** What the module keeps: the value it reads, where it starts, and the value after the step. */
  readonly states: ReadonlyMap<string, { readonly node: Node; readonly start: number; readonly next: Node }>
  /** Values for every leaf but the states. */
  readonly feeds: Map<Node, ArrayLike<number>>
}

/** The module on leaves of the reference's shapes, fed with its values. */
export function applyModule(
  module: Module,
  { input, parameters, draws }: Pick<LayerReference, 'input' | 'parameters' | 'draws'>,
  dtype: 'float32' | 'float64',
  training = true,
): AppliedModule {
  const x = leaf(dtype, input.shape)
  const leaves = new Map([['input', x]])
  const feeds = new Map<Node, ArrayLike<number>>([[x, input.values]])
  const states = new Map<string, { node: Node; start: number; next: Node }>()
  const scope: LayerScope = {
    training,
    connect: () => undefined,
    running: (name, shape, start, next) => {
      const node = leaf(dtype, shape)
      states.set(name, { node, start, next: next(new Tensor(node)).node })
      return new Tensor(node)
    },
    uniform: (name, ...shape) => {
      const node = leaf('float32', shape)
      feeds.set(node, draws[name]?.values ?? [])
      return new Tensor(node)
    },
    parameter: (wanted, shape) => {
      const node = leaf(dtype, shape)
      const name = leaves.has(wanted) ? `${wanted}2` : wanted
      leaves.set(name, node)
      feeds.set(node, parameters[name]?.values ?? [])
      return new Tensor(node)
    },
  }
  const out = module.apply(new Tensor(x), scope)
  return { out, leaves, states, feeds }
}
