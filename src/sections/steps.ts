import { UserError } from '../base/error.ts'
import { bytesOf, gigabytes, LARGEST_PROGRAM } from '../ir/budget.ts'
import { sharedChange } from '../bundle/changes.ts'
import { chooseSteps, type StepCost, type StepsChoice } from '../passes/steps-per-run.ts'
import { chooseActivity, flopsOf, type ActivityChoice } from './activity.ts'
import { fromImages } from './from-images.ts'
import { trainSection } from './train.ts'
import { lowerShards } from './lower-shards.ts'
import { lowerSection, type LoweredSection, type SectionDescription } from './lower-section.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { GraphInput } from '../bundle/schema/graph.ts'
import { observing, type AfterPass, type Request } from '../passes/request.ts'
import type { TracedSection } from './section.ts'

/** Steps done by one run of the training graphs, or that they be chosen by cost. */
export type StepsPerRun = number | 'auto'

/** What a step of shards is called by those who hear of passes, as by the manifest. */
export const SHARDED = 'sharded'

/** How training graphs are asked for. */
export interface TrainingOptions {
  readonly request: Request
  /** All layers in one graph; undefined: for CUDA, and in shards, where a graph for each takes longer. */
  readonly fused: boolean | undefined
  readonly stepsPerRun: StepsPerRun | undefined
  /** That the batch is dealt to; none where nothing is said. */
  readonly shards?: number | undefined
  /** That shards make their activity again for their gradients. */
  readonly recompute?: boolean | undefined
  /** Hears what each pass made of each graph. */
  readonly observe?: ((told: AfterPass) => void) | undefined
}

export interface LoweredTraining extends LoweredSection {
  readonly fused: boolean
  readonly steps: StepsChoice
  readonly activity: ActivityChoice | undefined
  /** The same step dealt to shards, where that was asked for. */
  readonly sharded: LoweredSection | undefined
}

/**
 * The training graphs for as many steps per run as are asked for. A graph does all steps of a run before the next
 * one starts; where one reads what another changes, that would be wrong, and all become one graph. For CUDA they are
 * one graph anyway, so that no activity crosses the bus, and it makes the views.
 *
 * @param augment images to views
 */
export function lowerTraining(
  trace: Trace,
  training: Training,
  { request: given, stepsPerRun, shards, recompute = false, observe, ...asking }: TrainingOptions,
  augment?: TracedSection,
): LoweredTraining {
  const plain = inPrecision(given, trace)
  const request = observing(plain, 'train', observe)
  const onDevice = request.target === 'cuda'
  const fused = asking.fused ?? onDevice
  const asked = stepsPerRun ?? (onDevice ? 'auto' : 1)
  const section = (fused: boolean): TracedSection => {
    const traced = trainSection(trace, training, { fused })
    return fused && onDevice && augment ? fromImages(traced, training, augment) : traced
  }
  const { single, activity } = oneStep(section, request, fused)
  const steps =
    asked === 'auto'
      ? chooseSteps(costOf(single.section), request.target, request.memory)
      : { steps: asked, reason: stepsPerRun === undefined ? `default for ${request.target}` : 'asked for' }
  requireBatches(steps.steps, costOf(single.section).batch)
  const stored = fused || activity?.stored === true
  const inOne = stored || sharedChange(single.section) !== undefined
  const sharded =
    shards === undefined
      ? undefined
      : inSteps(
          lowerShards(section(inOne || asking.fused !== false), {
            ...{ request: observing(plain, SHARDED, observe), shards, recompute },
          }),
          steps.steps,
        )
  if (steps.steps === 1) return { ...single, fused: stored, steps, activity, sharded }
  const several = lowerSection(section(inOne), { request, stepsPerRun: steps.steps })
  return { ...several, fused: inOne, steps, activity, sharded }
}

/** Graphs of shards do one step in a run; how many are handed over at once is the section's to say all the same. */
const inSteps = (lowered: LoweredSection, stepsPerRun: number): LoweredSection => ({
  ...lowered,
  section: { ...lowered.section, stepsPerRun },
})

/** In mixed precision the passes are told what losses are scaled by. */
function inPrecision(request: Request, { blockUpdates }: Trace): Request {
  const scaled = blockUpdates.flatMap(({ scaling }) => scaling ?? [])
  return scaled.length === 0
    ? request
    : { ...request, lossScales: new Set(scaled.flatMap(({ scale }) => scale ?? [])) }
}

/** @throws UserError ('LoweringError') where the batches of a run are more than any machine has. */
function requireBatches(steps: number, batch: number): void {
  if (steps * batch <= LARGEST_PROGRAM) return
  throw new UserError(
    'LoweringError',
    `the batches of ${steps} steps per run take ${gigabytes(steps * batch)}, and a program may take ${gigabytes(LARGEST_PROGRAM)}`,
    { help: `give fewer steps per run, at most ${Math.max(1, Math.floor(LARGEST_PROGRAM / batch))}` },
  )
}

/** The graphs of one step: layers apart, unless that costs what storing their activity would save. */
function oneStep(section: (fused: boolean) => TracedSection, request: Request, fused: boolean) {
  const lowered = (fused: boolean) => lowerSection(section(fused), { request })
  const single = lowered(fused)
  if (fused || sharedChange(single.section)?.readFirst !== true || request.target === 'portable')
    return { single, activity: undefined }
  const joined = lowered(true)
  const activity = chooseActivity(single.section, joined.section, request.memory)
  return { single: activity.stored ? joined : single, activity }
}

type Sized = Pick<GraphInput, 'type' | 'shape'> & { readonly blocks: number }

const bytes = (values: readonly Sized[]): number =>
  values.reduce((sum, { type, shape, blocks }) => sum + blocks * bytesOf({ dtype: type, shape }), 0)

/** With how many blocks there are of each. */
const counted = <Value extends { readonly block?: true | undefined }>(values: readonly Value[], blocks = 1) =>
  values.map((value) => ({ ...value, blocks: value.block === true ? blocks : 1 }))

const isKept = ({ role }: { readonly role: string }): boolean => role === 'parameter' || role === 'state'

/** What a section costs, from the graphs of one step. */
function costOf(section: SectionDescription): StepCost {
  const { graphs } = section
  const inputs = graphs.flatMap(({ inputs, blocks }) => counted(inputs, blocks))
  const outputs = graphs.flatMap(({ outputs, blocks }) => counted(outputs, blocks))
  const given = new Map(
    [...inputs, ...outputs].filter((each) => !isKept(each)).map((each) => [each.name, each]),
  )
  return {
    flops: flopsOf(section),
    graphs: graphs.length,
    stateIn: bytes(inputs.filter(isKept)),
    stateOut: bytes(outputs.filter(isKept)),
    batch: bytes([...given.values()]),
  }
}
