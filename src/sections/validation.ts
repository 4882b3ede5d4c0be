import { fuse, outputsOfGraph } from '../cut/partition.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { TracedSection } from './section.ts'

/**
 * The losses of a training step without the step: forward only, all layers in one graph, since nothing is kept for a
 * gradient. Undefined where no layer has a loss. To run the training graphs and throw their updates away would need no
 * graph more; but onnxruntime computes all outputs of a graph, so each look would take 1.7 times the operations (CLAPP++ of
 * the demo) and memory for all new values. This costs that bundle 130 KB of 780, and 25 ms of CPU time to compile it of 300.
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
