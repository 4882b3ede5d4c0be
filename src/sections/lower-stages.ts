import { counted } from '../base/lists.ts'
import { DEAL_UPDATES } from '../passes/pass-names.ts'
import { TRACED, type Request } from '../passes/request.ts'
import { Names } from '../passes/shards/crossing-names.ts'
import { cutAtMeetings, stageNumbers } from '../passes/shards/cut.ts'
import { dealt, type Rows } from '../passes/shards/deal.ts'
import { dealUpdates, type Group } from '../passes/shards/groups.ts'
import { loweredAfterCut, loweredBeforeCut } from '../passes/through.ts'
import { settingOf, type GraphChoice, type GraphWritten } from './lower-section.ts'
import { withScalarsTogether } from './scalars.ts'
import type { HandedOn } from '../passes/pixel-major/lying.ts'
import type { FactsOf } from '../passes/shards/dealing.ts'
import type { Deal } from '../passes/shards/part.ts'
import type { Placed } from './describe-graph.ts'
import type { GraphPlan } from './plan.ts'

export interface ShardOptions {
  readonly request: Request
  readonly shards: number
  readonly recompute: boolean
}

/** A step whose graphs are dealt to shards, one after the other. */
export interface DealtStep extends ShardOptions {
  readonly facts: FactsOf
  readonly deal: Deal
  /** Names in all graphs. */
  readonly taken: Set<string>
}

/** What graphs hand on to those after them. */
export interface HandedOnInStages extends HandedOn {
  readonly rows: Rows
  /** In which stage of the step each is made. */
  readonly madeIn: ReadonlyMap<string, number>
}

/** The graphs of one stage. */
export interface LoweredStage {
  /** Counted over the step. */
  readonly stage: number
  readonly placed: readonly Placed[]
  readonly written: readonly GraphWritten[]
}

export interface LoweredStages {
  readonly stages: readonly LoweredStage[]
  readonly choices: readonly GraphChoice[]
  /** Of this graph and of all before it. */
  readonly handed: HandedOnInStages
}

/**
 * A graph of the whole batch as the graphs of its stages.
 *
 * @param number of the graph: what little is done once is of another shard in each
 */
export function lowerStages(
  given: GraphPlan,
  handed: HandedOnInStages,
  number: number,
  { request, shards, recompute, facts, deal, taken }: DealtStep,
): LoweredStages {
  const { name, description, inputs, outputs } = given
  const step = { name, description, inputs, outputs }
  const setting = settingOf(given, { request, kept: new Set(), inOne: false })
  const { activities } = setting
  request.observe?.({ ...TRACED, graph: name, source: step, updates: [] })
  const [{ source, own, rows }, dealing] = timed(() =>
    dealt(step, facts, deal, { activities, rows: handed.rows }),
  )
  const whole = loweredBeforeCut(
    source,
    handed,
    { ...setting, stagesOf: stageNumbers(own) },
    { pass: 'deal', milliseconds: dealing },
  )
  const { plan, source: shown } = withScalarsTogether(given, whole.source)
  const { pixelMajor, lying } = whole
  const common = { plan, pixelMajor, replacing: undefined }
  const names = new Names(shown, activities, taken)
  const [cuts, cutting] = timed(() => cutAtMeetings({ source: shown, own }, { shards, recompute, names }))
  const first = firstStage(given, handed.madeIn)
  const madeIn = cuts.flatMap(({ source: { outputs }, stage }) =>
    outputs.flatMap(({ name }) => (activities.has(name) ? [[name, first + stage] as const] : [])),
  )
  const changing = new Set(setting.updates.keys())
  const stages = cuts.map((cut): LoweredStage => {
    const state = loweredAfterCut(cut.source, setting, {
      ...{ pass: 'cut', milliseconds: cutting / cuts.length },
    })
    const dealtUpdates = (): Group[] => {
      const [groups, milliseconds] = timed(() => dealUpdates(state.source, changing, shards))
      const [source = state.source, ...updates] = [...groups, ...state.updates].map((each) => each.source)
      request.observe?.({ pass: DEAL_UPDATES, graph: state.source.name, source, updates, milliseconds })
      return groups.map(({ by, ...group }) => ({ ...group, by: (by + number) % shards }))
    }
    const groups = cut.isOfShards ? [{ source: state.source, ofShards: cut }] : dealtUpdates()
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
    handed: { pixelMajor, lying, rows, madeIn: new Map([...handed.madeIn, ...madeIn]) },
  }
}

/** The first stage of a graph: an even one, as in those every shard runs its own, and none before what it reads is there. */
const firstStage = ({ inputs }: GraphPlan, madeIn: ReadonlyMap<string, number>): number =>
  2 * Math.ceil(Math.max(0, ...inputs.map(({ name }) => counted(madeIn, name))) / 2)

/** What some work gives, and how many milliseconds it takes. */
function timed<Result>(work: () => Result): readonly [result: Result, milliseconds: number] {
  const began = performance.now()
  return [work(), performance.now() - began]
}
