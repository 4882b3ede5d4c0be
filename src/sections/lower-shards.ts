import { deriveFacts } from '../cut/derive-facts.ts'
import { UserError } from '../base/error.ts'
import { adviseShards } from '../bundle/lowerings.ts'
import { nothingHandedOn } from '../passes/pixel-major/lying.ts'
import { dealOf } from '../passes/shards/part.ts'
import { describeGraph } from './describe-graph.ts'
import { describeSection, type LoweredSection } from './lower-section.ts'
import { lowerStages, type DealtStep, type HandedOnInStages, type ShardOptions } from './lower-stages.ts'
import { scheduledShards } from './plan.ts'
import type { TracedSection } from './section.ts'

/**
 * A training step dealt to shards: of each graph of the whole batch, its stages. What one hands on to another goes from each
 * shard to the same shard, so that layers whose graphs are apart may work on different batches here, too.
 *
 * @throws UserError ('LoweringError') where the images of a batch are not dealt evenly
 */
export function lowerShards(traced: TracedSection, options: ShardOptions): LoweredSection {
  const { registry, batch, plans } = traced
  const { shards, recompute } = options
  requireEven(batch, shards)
  const bindings = plans.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
  const step: DealtStep = {
    ...options,
    facts: deriveFacts({ draws: registry.draws, perUnit: new Set() }, batch),
    deal: dealOf(batch, shards),
    taken: new Set(bindings.map(({ name }) => name)),
  }
  let handed: HandedOnInStages = { ...nothingHandedOn, rows: new Map(), madeIn: new Map() }
  const layers = plans.map((plan, number) => {
    const lowered = lowerStages(plan, handed, number, step)
    handed = lowered.handed
    return lowered
  })
  const stages = layers.flatMap(({ stages }) => stages)
  // Who waits for others in one layer may do another's work meanwhile; in little memory, one layer is done after the other.
  const ordered = recompute ? stages : stages.toSorted((a, b) => a.stage - b.stage)
  const graphs = ordered.flatMap(({ placed }) => placed)
  const described = graphs.map(describeGraph)
  const schedule = scheduledShards(described, shards)
  return {
    section: { ...describeSection(traced, { graphs: described, schedule }), shards },
    graphs,
    choices: layers.flatMap(({ choices }) => choices),
    written: stages.flatMap(({ written }) => written),
  }
}

function requireEven(batch: number, shards: number): void {
  if (batch % shards === 0) return
  throw new UserError('LoweringError', `${batch} images are not dealt evenly to ${shards} shards`, {
    help: adviseShards(batch),
  })
}
