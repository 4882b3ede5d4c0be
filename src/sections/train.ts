import { fuse, partition, unitOutputs } from '../cut/partition.ts'
import { schedule } from '../cut/schedule.ts'
import { cutName } from '../ops/stop.ts'
import { emitSection, type EmittedSection } from './section.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { Request } from '../passes/request.ts'

/** The graphs of one training step: per block, or all in one. */
export function trainSection(
  traced: Trace,
  training: Training,
  fused: boolean,
  prefix = '',
  request?: Request,
  stepsPerRun?: number,
): EmittedSection {
  const units = fused ? fuse(traced) : partition(traced)
  const plans = schedule(units).map(({ unit, drop }) => {
    const { activities, losses, updates } = unitOutputs(unit, traced.lessons)
    const parameters = new Set(traced.registry.parameters.map(({ name }) => name))
    return {
      name: `${prefix}${unit.name}`,
      prefix,
      description: unit.description,
      inputs: [
        { name: training.input, node: training.rows },
        ...unit.reads.map((node) => ({ name: cutName(node), node })),
        ...traced.registry.inputs(),
      ],
      outputs: [
        ...activities.map((binding) => ({ ...binding, role: 'activity' as const })),
        ...losses.map((binding) => ({
          ...binding,
          name: traced.registry.free(binding.name),
          role: 'loss' as const,
        })),
        ...updates.map((binding) => ({
          ...binding,
          role: parameters.has(binding.updates) ? ('parameter' as const) : ('state' as const),
        })),
      ],
      drop,
    }
  })
  return emitSection(plans, traced.registry, training.batch, training.optimizer.rate, request, stepsPerRun)
}
