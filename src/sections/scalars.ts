import { freeName } from '../base/free-name.ts'
import { within } from '../ir/context.ts'
import { cast } from '../ops/cast.ts'
import { concat } from '../ops/concat.ts'
import { reshape } from '../ops/shape.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { GraphPlan } from './plan.ts'

/**
 * Losses of a graph and what its rules log, one after the other in one output: a device copies each output back alone,
 * and waits for each. After all passes, so that values are computed as they are where they leave alone.
 */
export function withScalarsTogether(
  plan: GraphPlan,
  source: GraphSource,
): { plan: GraphPlan; source: GraphSource } {
  const shown = plan.outputs.flatMap(({ name, role, layer, log }) =>
    role === 'loss' || role === 'log' ? [{ name, role, layer, log }] : [],
  )
  if (plan.together !== true || shown.length < 2) return { plan, source }
  const isShown = new Set(shown.map(({ name }) => name))
  const nodes = shown.flatMap(({ name }) => source.outputs.find((output) => output.name === name)?.node ?? [])
  const dtype = nodes.some((node) => node.dtype === 'float64') ? 'float64' : 'float32'
  const node = within({ scope: 'scalars', origin: undefined }, () =>
    concat(
      nodes.map((each) => reshape(cast(each, dtype), [1])),
      0,
    ),
  )
  const taken = new Set([...source.inputs, ...source.outputs].map(({ name }) => name))
  const name = freeName('scalars', (each) => taken.has(each))
  const others = <Output extends { readonly name: string }>(outputs: readonly Output[]) =>
    outputs.filter((output) => !isShown.has(output.name))
  return {
    plan: { ...plan, outputs: [{ name, node, role: 'scalars', holds: shown }, ...others(plan.outputs)] },
    source: { ...source, outputs: [{ name, node }, ...others(source.outputs)] },
  }
}
