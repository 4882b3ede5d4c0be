import { alignmentName, gradientName } from '../ir/value-names.ts'
import { concat, Tensor } from '../lang/tensor.ts'
import { comparisonPlan, type ComparedParameter, type Comparison } from './gradients.ts'
import type { Node } from '../ir/node.ts'
import type { TracedSection } from './section.ts'

/** Every parameter's two gradients in full, `conv1.weight.local` and `conv1.weight.global`. */
export function gradientsSection(comparison: Comparison): TracedSection {
  const gradient = (parameter: string, layer: string, side: 'local' | 'global', node: Node) => ({
    name: comparison.registry.free(gradientName(parameter, side)),
    node,
    role: 'gradient' as const,
    layer,
    of: { parameter, side },
  })
  const outputs = comparison.parameters.flatMap(({ name, layer, local, global }) => [
    gradient(name, layer, 'local', local),
    gradient(name, layer, 'global', global),
  ])
  const description = 'Gradients of the encoder: by its own credit and backpropagated from the top.'
  const plan = comparisonPlan(comparison, { name: 'gradients', description, outputs })
  return { plans: [plan], registry: comparison.registry, batch: comparison.program.batch }
}

/** How the two agree, without copies of either: per layer local · global, |local|², |global|². */
export function alignmentSection(comparison: Comparison): TracedSection {
  const outputs = comparison.layers.flatMap(({ name }) => {
    const own = comparison.parameters.filter(({ layer }) => layer === name)
    if (own.length === 0) return []
    return [
      {
        name: comparison.registry.free(alignmentName(name)),
        node: products(own),
        role: 'alignment' as const,
        layer: name,
      },
    ]
  })
  const description = 'Products of local and backpropagated gradients, over all parameters of a layer.'
  const plan = comparisonPlan(comparison, { name: 'alignment', description, outputs })
  return { plans: [plan], registry: comparison.registry, batch: comparison.program.batch }
}

/** In float64: squares of small gradients would vanish in float32. */
function products(parameters: readonly ComparedParameter[]): Node {
  const wide = (node: Node) => new Tensor(node).cast('float64')
  const total = (of: (parameter: ComparedParameter) => readonly [Node, Node]) =>
    parameters
      .map((parameter) => {
        const [a, b] = of(parameter)
        return wide(a).mul(wide(b)).sum()
      })
      .reduce((sum, part) => sum.add(part))
      .reshape(1)
  return concat([
    total(({ local, global }) => [local, global]),
    total(({ local }) => [local, local]),
    total(({ global }) => [global, global]),
  ]).node
}
