import { freeName } from '../base/free-name.ts'
import { primed } from '../ir/value-names.ts'
import { fuse, partition, outputsOfGraph } from '../cut/partition.ts'
import { schedule } from '../cut/schedule.ts'
import { cutName } from '../ops/stop.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { Scaling } from '../bundle/schema/scaling.ts'
import type { TracedSection } from './section.ts'

/** Long enough that copies of parameters cost little beside so many steps, short enough for a scale that is too large. */
const WINDOW = 128
const policy = { every: WINDOW, growAfter: 64 * WINDOW, smallest: 2 ** -16, largest: 2 ** 24 }

function scalingOf({ blockUpdates }: Trace): Scaling | undefined {
  const blocks = blockUpdates.flatMap(({ scaling }) => scaling ?? [])
  return blocks.length === 0 ? undefined : { ...policy, blocks }
}

/**
 * The graphs of one training step: per block, or all in one.
 *
 * @param prefix what the names of the graphs, and of those taken out of them, begin with
 */
export function trainSection(
  traced: Trace,
  training: Training,
  { fused, prefix = '' }: { readonly fused: boolean; readonly prefix?: string },
): TracedSection {
  const graphs = fused ? fuse(traced) : partition(traced)
  const taken = new Set(traced.blockUpdates.flatMap(({ updates }) => updates.map(({ name }) => primed(name))))
  // What is shown may be called as a value of the graphs is: whoever shows it goes by layer and name.
  const free = (wanted: string): string => {
    const name = freeName(wanted, (each) => taken.has(each) || traced.registry.isTaken(each))
    taken.add(name)
    return name
  }
  const plans = schedule(graphs).map(({ graph, drop }) => {
    const { activities, losses, logs, updates } = outputsOfGraph(graph, traced.blockUpdates)
    const parameters = new Set(traced.registry.parameters.map(({ name }) => name))
    return {
      name: `${prefix}${graph.name}`,
      prefix,
      description: graph.description,
      inputs: [
        { name: training.input, node: training.rows },
        ...graph.reads.map((node) => ({ name: cutName(node), node })),
        ...traced.registry.inputs(),
      ],
      outputs: [
        ...activities.map((binding) => ({ ...binding, role: 'activity' as const })),
        ...losses.map((binding) => ({ ...binding, name: free(binding.name), role: 'loss' as const })),
        ...logs.map((binding) => ({ ...binding, name: free(binding.name), role: 'log' as const })),
        ...updates.map((binding) => ({
          ...binding,
          role: parameters.has(binding.updates) ? ('parameter' as const) : ('state' as const),
        })),
      ],
      drop,
    }
  })
  const { rate, shared } = training.optimizer
  const average = shared?.average
  return {
    plans,
    registry: traced.registry,
    batch: training.batch,
    rate,
    average,
    scaling: scalingOf(traced),
  }
}
