import { stack, unstack } from '../values/stacked.ts'
import { isSection, partsOfSection, partsOfTraining, type StepperOptions } from './stepper-options.ts'
import type { ValueSource } from '../values/value-source.ts'
import { ValueStore, valuesFrom, type Values } from '../values/value-store.ts'
import { logByLayer, type Logs } from './logs.ts'
import { runStages, type RunResults } from './run-stages.ts'
import { adjustScales, stepsOfWindow } from './loss-scales.ts'
import { createStages, type GraphStore, type Stage } from './stages.ts'
import { Stopwatch } from './stopwatch.ts'
import { sessionOf, type SessionOptions } from '../session/options.ts'
import type { HostTensor } from '../values/tensor.ts'
import { requireRoom } from '../../src/bundle/check-sizes.ts'
import type { GraphInput } from '../../src/bundle/schema/graph.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What one step is given from outside, by the names of the graphs' inputs. */
export type StepInputs = Readonly<Record<string, HostTensor>>

/** What one step gave. */
export interface StepResults {
  /** One number per loss output. */
  readonly losses: Readonly<Record<string, number>>
  /** Numbers that rules show beside their losses, by layer and name; they need not be finite. */
  readonly log: Logs
  /** Outputs that leave the section: views, features, logits, gradients, and activities that it does not drop. */
  readonly outputs: Readonly<Record<string, HostTensor>>
}

const outside = new Set<GraphInput['role']>([
  ...(['draw', 'views', 'images', 'features', 'labels', 'rate', 'step', 'average'] as const),
])

/** Runs a section of a bundle step by step. Holds its parameters and states. */
export class Stepper {
  private readonly section: Section
  private readonly stages: readonly Stage[]
  private readonly store: ValueStore
  private readonly stopwatch = new Stopwatch()
  /** Names that the graphs are given from outside. */
  private readonly external: ReadonlySet<string>

  private constructor(section: Section, stages: readonly Stage[], store: ValueStore) {
    this.section = section
    this.stages = stages
    this.store = store
    const inputs = section.graphs.flatMap((graph) => graph.inputs)
    const made = new Set(section.graphs.flatMap((graph) => graph.outputs.map(({ name }) => name)))
    const isExternal = ({ name, role }: GraphInput) =>
      outside.has(role) || (role === 'activity' && !made.has(name))
    this.external = new Set(inputs.filter(isExternal).map(({ name }) => name))
  }

  /**
   * Makes the sessions of a section; `createSession` tells how to start a process that needs less memory for them.
   *
   *     const stepper = await Stepper.create(compile(program))
   *     const probe = await Stepper.create(bundle, bundle.manifest.encode, trained)
   *
   * @param bundle whose graphs they are: what `compile`, `compileGradients` or `compileAlignment` gives, or `loadBundle`.
   * @param section one of its manifest: `train`, `augment`, `encode`, a probe's, …
   * @param values where every parameter and state that the section's graphs read starts; they are copied.
   * @throws UserError as `GraphSession.create` does, ('OptionError') where something is not what it may be, and ('BundleError')
   *   where the section needs more than all memory.
   */
  static async create(
    bundle: GraphStore,
    section: Section,
    values: Values | ValueSource,
    options?: SessionOptions,
  ): Promise<Stepper>
  /**
   * Of a whole bundle, its training step, from what the seed starts parameters and states with.
   *
   *     const stepper = await Stepper.create(compile(program), { threads: 1, seed: 7 })
   *
   * @throws UserError as the other form.
   */
  static async create(bundle: Bundle, options?: StepperOptions): Promise<Stepper>
  static async create(
    bundle: Bundle,
    given: Section | StepperOptions = {},
    start?: Values | ValueSource,
    options: SessionOptions = {},
  ): Promise<Stepper> {
    const { section, values, session } = isSection(given)
      ? partsOfSection(bundle, given, start, options)
      : partsOfTraining(bundle, given)
    return Stepper.open(bundle, section, values, session)
  }

  /** For callers that have checked their own options: what sessions are told is picked of all these. @internal */
  static async open(
    bundle: GraphStore,
    section: Section,
    values: Values | ValueSource,
    options: SessionOptions = {},
  ): Promise<Stepper> {
    requireRoom(section, `the section that begins with ${section.schedule[0]?.graph ?? 'no graph'}`)
    const stages = await createStages(bundle, section, sessionOf(options))
    return new Stepper(
      section,
      stages,
      new ValueStore(section, 'fill' in values ? values : valuesFrom(values)),
    )
  }

  /** Steps that one run of the graphs may do now: loss scales are adjusted after so many. */
  get room(): number {
    const { scaling } = this.section
    return scaling ? stepsOfWindow(scaling, this.store) : Infinity
  }

  /**
   * Does one step per batch, and runs each graph once: as many as `stepsPerRun`, or fewer. Parameters and states
   * are then those after the last of them. Where loss scales are adjusted in between, there are two runs.
   */
  async run(batches: readonly StepInputs[]): Promise<StepResults[]> {
    const { stepsPerRun, scaling } = this.section
    const [only] = batches
    if (batches.length > stepsPerRun || !only)
      throw new Error(`${batches.length} batches for graphs of ${stepsPerRun} steps per run`)
    const { room } = this
    if (batches.length > room)
      return [...(await this.run(batches.slice(0, room))), ...(await this.run(batches.slice(room)))]
    const results =
      stepsPerRun === 1 ? [this.resultsOf(await this.runGraphs(only))] : await this.runSeveral(batches)
    if (scaling) adjustScales(scaling, this.store)
    return results
  }

  private async runSeveral(batches: readonly StepInputs[]): Promise<StepResults[]> {
    const { losses, logs, outputs } = await this.runGraphs(stack(batches), batches.length)
    return batches.map((_, step) =>
      this.resultsOf({
        losses: unstack(losses, step),
        logs: unstack(logs, step),
        outputs: unstack(outputs, step),
      }),
    )
  }

  /** Of some inputs those that this section's graphs read. */
  pick(inputs: StepInputs): StepInputs {
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => this.external.has(name)))
  }

  /** The value of a parameter or state; a view of the buffer in use, valid until the next step. */
  value(name: string): HostTensor {
    const value = this.store.get(name)
    if (!value) throw new Error(`no value called ${name}`)
    return value
  }

  /** All parameters and states, as `value`. */
  values(): Map<string, HostTensor> {
    return this.store.all()
  }

  /** Milliseconds spent inside onnxruntime so far, in all. */
  get runMilliseconds(): number {
    return this.stopwatch.all
  }

  /** The same by graph. */
  get graphMilliseconds(): Map<string, number> {
    return this.stopwatch.byGraph
  }

  /** Bytes kept for values to come, beside those of the values themselves. */
  get spareBytes(): number {
    return this.store.spareBytes
  }

  /** Goes on from other values of parameters and states; they are copied, and those not named stay. */
  assign(values: Values): void {
    for (const [name, value] of values) this.store.assign(name, value)
  }

  /** Frees its sessions; it cannot be used after that. */
  async release(): Promise<void> {
    for (const { session } of this.stages) await session.release()
  }

  private resultsOf({ losses, logs, outputs }: RunResults): StepResults {
    return { losses: numbers(losses), log: logByLayer(this.section, numbers(logs)), outputs }
  }

  /** @param steps how many are stacked in what the graphs take and give; undefined where nothing is stacked */
  private runGraphs(inputs: StepInputs, steps?: number): Promise<RunResults> {
    for (const name of Object.keys(inputs))
      if (!this.external.has(name)) throw new Error(`no graph of this section reads '${name}'`)
    return runStages(this.stages, this.store, this.stopwatch, new Map(Object.entries(inputs)), steps)
  }
}

const numbers = (losses: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(losses).map(([name, { data }]) => [name, Number(data[0])]))
