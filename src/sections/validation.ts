import { fuse, outputsOfGraph } from '../cut/partition.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { TracedSection } from './section.ts'

/**
 * The losses of a training step without the step: forward only, all layers in one graph, since nothing is kept for a
 * gradient. Undefined where no layer has a loss.
 */
export function validationSection(traced: Trace, training: Training): TracedSection | undefined {
  const { registry, blockUpdates } = traced
  const losses = fuse(traced).flatMap((graph) => outputsOfGraph(graph, blockUpdates).losses)
  if (losses.length === 0) return undefined
  const inputs = [{ name: training.input, node: training.rows }, ...registry.inputs()]
  const outputs = losses.map((binding) => ({
    ...binding,
    name: registry.free(binding.name),
    role: 'loss' as const,
  }))
  const description = 'Losses of a batch that is not learned from.'
  const plan = { name: 'validation', description, inputs, outputs, drop: [] }
  return { plans: [plan], registry, batch: training.batch }
}
