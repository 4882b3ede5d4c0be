import { stack } from '../values/stacked.ts'
import { isSection, partsOfSection, partsOfTraining, type StepperOptions } from './stepper-options.ts'
import type { ValueSource } from '../values/value-source.ts'
import { ValueStore, valuesFrom, type Values } from '../values/value-store.ts'
import { externalNames } from './external.ts'
import { resultsOf, resultsOfStep, type StepResults } from './step-results.ts'
import { runStages, type RunResults } from './run-stages.ts'
import { adjustScales, stepsOfWindow } from './loss-scales.ts'
import { createStages, type GraphStore, type Stage } from './stages.ts'
import { Stopwatch } from './stopwatch.ts'
import { sessionOf, type SessionOptions } from '../session/options.ts'
import { scalingOf, wholeShare } from '../values/share.ts'
import type { Exchange, Others } from './exchange.ts'
import type { HostTensor } from '../values/tensor.ts'
import { stepsInRun } from '../../src/bundle/shard-names.ts'
import { requireRoom } from '../../src/bundle/check-sizes.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Scaling } from '../../src/bundle/schema/scaling.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

export type { StepResults } from './step-results.ts'

/** What one step is given from outside, by the names of the graphs' inputs. */
export type StepInputs = Readonly<Record<string, HostTensor>>

/** Runs a section of a bundle step by step. Holds its parameters and states. */
export class Stepper {
  private readonly section: Section
  private readonly stages: readonly Stage[]
  private readonly store: ValueStore
  /** Of what is done here. */
  private readonly scaling: Scaling | undefined
  private readonly exchange: Exchange | undefined
  private readonly stopwatch = new Stopwatch()
  /** Names that the graphs are given from outside. */
  private readonly external: ReadonlySet<string>

  private constructor(
    section: Section,
    stages: readonly Stage[],
    store: ValueStore,
    { scaling, exchange }: { readonly scaling: Scaling | undefined; readonly exchange: Exchange | undefined },
  ) {
    this.section = section
    this.stages = stages
    this.store = store
    this.scaling = scaling
    this.exchange = exchange
    this.external = externalNames(section)
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
    others: Others = {},
  ): Promise<Stepper> {
    requireRoom(section, `the section that begins with ${section.schedule[0]?.graph ?? 'no graph'}`)
    const { share = wholeShare(section), exchange } = others
    const stages = await createStages(bundle, section, share, sessionOf(options))
    const store = new ValueStore(section, 'fill' in values ? values : valuesFrom(values), share)
    return new Stepper(section, stages, store, { scaling: scalingOf(section, share), exchange })
  }

  /** Steps that one run of the graphs may do now: loss scales are adjusted after so many. */
  get room(): number {
    const { scaling } = this
    return scaling ? stepsOfWindow(scaling, this.store) : Infinity
  }

  /**
   * Does one step per batch, and runs each graph once: as many as `stepsPerRun`, or fewer. Parameters and states
   * are then those after the last of them. Where loss scales are adjusted in between, there are two runs.
   */
  async run(batches: readonly StepInputs[]): Promise<StepResults[]> {
    const { stepsPerRun } = this.section
    if (batches.length > stepsPerRun || batches.length === 0)
      throw new Error(`${batches.length} batches for graphs of ${stepsPerRun} steps per run`)
    const { room } = this
    if (batches.length > room)
      return [...(await this.run(batches.slice(0, room))), ...(await this.run(batches.slice(room)))]
    const results = await (stepsInRun(this.section) === 1 ? this.runEach(batches) : this.runSeveral(batches))
    if (this.scaling) adjustScales(this.scaling, this.store)
    return results
  }

  private async runEach(batches: readonly StepInputs[]): Promise<StepResults[]> {
    const results: StepResults[] = []
    for (const batch of batches) results.push(resultsOf(this.section, await this.runGraphs(batch)))
    return results
  }

  private async runSeveral(batches: readonly StepInputs[]): Promise<StepResults[]> {
    const found = await this.runGraphs(stack(batches), batches.length)
    return batches.map((_, step) => resultsOf(this.section, resultsOfStep(found, step)))
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
    for (const { session } of this.stages) await session?.release()
  }

  /** @param steps how many are stacked in what the graphs take and give; undefined where nothing is stacked */
  private runGraphs(inputs: StepInputs, steps?: number): Promise<RunResults> {
    for (const name of Object.keys(inputs))
      if (!this.external.has(name)) throw new Error(`no graph of this section reads '${name}'`)
    const external = new Map(Object.entries(inputs))
    return runStages(this.stages, this.store, this.stopwatch, { external, steps, exchange: this.exchange })
  }
}
