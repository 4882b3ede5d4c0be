import { deriveFacts } from '../cut/derive-facts.ts'
import { UserError } from '../base/error.ts'
import { adviseShards } from '../bundle/lowerings.ts'
import { DEAL_UPDATES } from '../passes/pass-names.ts'
import { TRACED } from '../passes/request.ts'
import { cutAtMeetings, stageNumbers } from '../passes/shards/cut.ts'
import { dealt } from '../passes/shards/deal.ts'
import { dealUpdates } from '../passes/shards/groups.ts'
import { dealOf } from '../passes/shards/part.ts'
import { loweredAfterCut, loweredBeforeCut } from '../passes/through.ts'
import { describeSection, settingOf, type LoweredSection } from './lower-section.ts'
import { withScalarsTogether } from './scalars.ts'
import { scheduledShards } from './plan.ts'
import type { Placed } from './describe-graph.ts'
import type { PassState } from '../passes/pipeline.ts'
import type { Request } from '../passes/request.ts'
import type { TracedSection } from './section.ts'

interface ShardOptions {
  readonly request: Request
  readonly shards: number
  readonly recompute: boolean
}

/**
 * A training step, one graph of all layers, dealt to shards.
 *
 * @throws UserError ('LoweringError') where the images of a batch are not dealt evenly
 */
export function lowerShards(
  traced: TracedSection,
  { request, shards, recompute }: ShardOptions,
): LoweredSection {
  const { registry, batch } = traced
  requireEven(batch, shards)
  const [given] = traced.plans
  if (!given || traced.plans.length > 1) throw new Error('shards are of one graph')
  const facts = deriveFacts({ draws: registry.draws, perUnit: new Set() }, batch)
  const { name, description, inputs, outputs } = given
  const step = { name, description, inputs, outputs }
  request.observe?.({ ...TRACED, graph: name, source: step, updates: [] })
  const [{ source, ...parts }, dealing] = timed(() => dealt(step, facts, dealOf(batch, shards)))
  const setting = settingOf(given, { request, kept: new Set(), inOne: false })
  const whole = loweredBeforeCut(
    source,
    { ...setting, stagesOf: stageNumbers(parts) },
    { pass: 'deal', milliseconds: dealing },
  )
  const { plan, source: shown } = withScalarsTogether(given, whole.source)
  const common = { plan, pixelMajor: new Set<string>(), replacing: undefined }
  const [graphs, cutting] = timed(() => cutAtMeetings({ ...parts, source: shown }, { shards, recompute }))
  const cut = { pass: 'cut' as const, milliseconds: cutting / graphs.length }
  const stages = graphs.map(({ source, isOfShards, own, blocks }) => ({
    state: loweredAfterCut(source, setting, cut),
    ofShards: isOfShards ? { own, blocks } : undefined,
  }))
  const changing = new Set(setting.updates.keys())
  const dealtUpdates = (state: PassState) => {
    const [groups, milliseconds] = timed(() => dealUpdates(state.source, changing, shards))
    const [source = state.source, ...updates] = [...groups, ...state.updates].map((each) => each.source)
    request.observe?.({ pass: DEAL_UPDATES, graph: state.source.name, source, updates, milliseconds })
    return groups
  }
  const placed = stages.flatMap(({ state, ofShards }): Placed[] => {
    const groups = ofShards ? [{ source: state.source, ofShards }] : dealtUpdates(state)
    return [
      ...groups.map((group) => ({ ...common, ...group })),
      ...state.updates.map(({ source, sliced, blocks }) => ({
        ...{ ...common, source, blocks: { count: blocks, sliced } },
      })),
    ]
  })
  const section = describeSection({ ...traced, plans: [plan] }, [placed])
  return {
    section: { ...section, shards, schedule: scheduledShards(section.graphs, shards) },
    graphs: placed,
    choices: whole.choices.map((choice) => ({ graph: name, ...choice })),
    written: stages.flatMap(({ state }) => state.written.map((each) => ({ graph: name, ...each }))),
  }
}

/** What some work gives, and how many milliseconds it takes. */
function timed<Result>(work: () => Result): readonly [result: Result, milliseconds: number] {
  const began = performance.now()
  return [work(), performance.now() - began]
}

function requireEven(batch: number, shards: number): void {
  if (batch % shards === 0) return
  throw new UserError('LoweringError', `${batch} images are not dealt evenly to ${shards} shards`, {
    help: adviseShards(batch),
  })
}
