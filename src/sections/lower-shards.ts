import { deriveFacts } from '../cut/derive-facts.ts'
import { UserError } from '../base/error.ts'
import { counted } from '../base/lists.ts'
import { adviseShards } from '../bundle/lowerings.ts'
import { loweredAfterCut, loweredBeforeCut } from '../passes/pipeline.ts'
import { cutAtMeetings, stageNumbers } from '../passes/shards/cut.ts'
import { Names } from '../passes/shards/crossing-names.ts'
import { dealt, type Rows } from '../passes/shards/deal.ts'
import { dealUpdates } from '../passes/shards/groups.ts'
import { dealOf, type Deal } from '../passes/shards/part.ts'
import { nothingHandedOn, type HandedOn } from '../passes/pixel-major/lying.ts'
import { describeSection, settingOf, type LoweredSection } from './lower-section.ts'
import { withScalarsTogether } from './scalars.ts'
import { scheduledShards, type GraphPlan } from './plan.ts'
import type { FactsOf } from '../passes/shards/dealing.ts'
import type { Placed } from './describe-graph.ts'
import type { Request } from '../passes/request.ts'
import type { TracedSection } from './section.ts'

interface ShardOptions {
  readonly request: Request
  readonly shards: number
  readonly recompute: boolean
}

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
  const facts = deriveFacts({ draws: registry.draws, perUnit: new Set() }, batch)
  const bindings = plans.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
  const step = {
    ...options,
    facts,
    deal: dealOf(batch, shards),
    taken: new Set(bindings.map(({ name }) => name)),
  }
  let handed: Handed = { ...nothingHandedOn, rows: new Map(), madeIn: new Map() }
  const layers = plans.map((plan, number) => {
    const lowered = lowerPlan(plan, handed, { ...step, number })
    handed = lowered.handed
    return lowered
  })
  const stages = layers.flatMap(({ stages }) => stages)
  // Who waits for others in one layer may do another's work meanwhile; in little memory, one layer is done after the other.
  const ordered = recompute ? stages : stages.toSorted((a, b) => a.stage - b.stage)
  const graphs = ordered.flatMap(({ placed }) => placed)
  const section = describeSection({ ...traced, plans: plans.slice(0, 1) }, [graphs])
  return {
    section: { ...section, shards, schedule: scheduledShards(section.graphs, shards) },
    graphs,
    choices: layers.flatMap(({ choices }) => choices),
    written: stages.flatMap(({ written }) => written),
  }
}

/** What graphs hand on to those after them. */
interface Handed extends HandedOn {
  readonly rows: Rows
  /** In which stage of the step each is made. */
  readonly madeIn: ReadonlyMap<string, number>
}

interface Step extends ShardOptions {
  readonly facts: FactsOf
  readonly deal: Deal
  /** Names in all graphs. */
  readonly taken: Set<string>
  /** Of the graph among all. */
  readonly number: number
}

/** A graph of the whole batch as the graphs of its stages. */
function lowerPlan(given: GraphPlan, handed: Handed, step: Step) {
  const { request, shards, recompute, facts, deal, taken, number } = step
  const { name, description, inputs, outputs } = given
  const setting = settingOf(given, { request, kept: new Set(), inOne: false })
  const { activities } = setting
  const before = { activities, rows: handed.rows }
  const { source, own, rows } = dealt({ name, description, inputs, outputs }, facts, deal, before)
  const whole = loweredBeforeCut(source, handed, { ...setting, stagesOf: stageNumbers(own) })
  const { plan, source: shown } = withScalarsTogether(given, whole.source)
  const { pixelMajor } = whole
  const common = { plan, pixelMajor, replacing: undefined }
  const changing = new Set(setting.updates.keys())
  const names = new Names(shown, activities, taken)
  const cuts = cutAtMeetings({ source: shown, own }, { shards, recompute, names })
  const first = firstStage(given, handed.madeIn)
  const madeIn = cuts.flatMap(({ source: { outputs }, stage }) =>
    outputs.flatMap(({ name }) => (activities.has(name) ? [[name, first + stage] as const] : [])),
  )
  const stages = cuts.map((cut) => {
    const state = loweredAfterCut(cut.source, setting)
    const groups = cut.isOfShards
      ? [{ source: state.source, ofShards: cut }]
      : dealUpdates(state.source, changing, shards).map(({ by, ...group }) => ({
          ...group,
          // What little is done once is of another shard in each layer.
          by: (by + number) % shards,
        }))
    return {
      stage: first + cut.stage,
      placed: [
        ...groups.map((group): Placed => ({ ...common, ...group })),
        ...state.updates.map(({ source, sliced, blocks }): Placed => ({
          ...common,
          source,
          blocks: { count: blocks, sliced },
        })),
      ],
      written: state.written.map((each) => ({ graph: name, ...each })),
    }
  })
  return {
    stages,
    choices: whole.choices.map((choice) => ({ graph: name, ...choice })),
    handed: { pixelMajor, lying: whole.lying, rows, madeIn: new Map([...handed.madeIn, ...madeIn]) },
  }
}

/** The first stage of a graph: an even one, as in those every shard runs its own, and none before what it reads is there. */
const firstStage = ({ inputs }: GraphPlan, madeIn: ReadonlyMap<string, number>): number =>
  2 * Math.ceil(Math.max(0, ...inputs.map(({ name }) => counted(madeIn, name))) / 2)

function requireEven(batch: number, shards: number): void {
  if (batch % shards === 0) return
  throw new UserError('LoweringError', `${batch} images are not dealt evenly to ${shards} shards`, {
    help: adviseShards(batch),
  })
}
