import { discard } from '../session/discard.ts'
import { GraphSession } from '../session/graph-session.ts'
import { wrap } from '../session/ort-tensor.ts'
import { runBlocks } from './run-blocks.ts'
import { stack, unstack } from '../values/stacked.ts'
import { allocateUnfilled, type HostTensor } from '../values/tensor.ts'
import { ValueStore, valuesFrom, type ValueSource } from '../values/value-store.ts'
import type { SessionOptions } from '../session/provider.ts'
import { requireRoom } from '../../src/bundle/check-sizes.ts'
import type { Graph, GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'
import type { Graphs } from '../../src/bundle/bundle.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What one step is given from outside, by the names of the graphs' inputs. */
export type StepInputs = Readonly<Record<string, HostTensor>>

export interface StepResults {
  /** One number per loss output. */
  readonly losses: Readonly<Record<string, number>>
  /** Outputs that leave the section: views, features, logits, gradients, and activities that it does not drop. */
  readonly outputs: Readonly<Record<string, HostTensor>>
}

/** What a section's graphs come from: a bundle, loaded or compiled, or sections that were compiled alone. */
export type GraphStore = Graphs<{ readonly program: Pick<Manifest['program'], 'dtype'> }>

/** Parameters and states by name. */
export type Values = ReadonlyMap<string, HostTensor>

interface Stage {
  readonly graph: Graph
  readonly session: GraphSession
  readonly drop: readonly string[]
  /** Values that no later graph of the step reads: their new ones take their place at once. */
  readonly last: ReadonlySet<string>
}

const outside = new Set<GraphInput['role']>(['draw', 'views', 'images', 'features', 'labels', 'rate', 'step'])
const leaving = new Set<GraphOutput['role']>([
  'views',
  'features',
  'logits',
  'products',
  'gradient',
  'alignment',
])

/** Runs a section of a bundle step by step. Holds its parameters and states. */
export class Stepper {
  /** Milliseconds spent inside onnxruntime so far, in all and by graph. */
  runMilliseconds = 0
  readonly graphMilliseconds = new Map<string, number>()
  private readonly section: Section
  private readonly stages: readonly Stage[]
  private readonly store: ValueStore
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
   *     const bundle = compile(program)
   *     const { train } = bundle.manifest
   *     const stepper = await Stepper.create(bundle, train, initialValues(train, 0))
   *
   * @param bundle whose graphs they are: what `compile`, `compileGradients` or `compileAlignment` gives, or `loadBundle`.
   * @param section one of its manifest: `train`, `augment`, `encode`, a probe's, …
   * @param values where every parameter and state that the section's graphs read starts; they are copied.
   * @throws UserError as `GraphSession.create` does, and ('BundleError') where the section needs more than all memory.
   */
  static async create(
    bundle: GraphStore,
    section: Section,
    values: Values | ValueSource,
    options: SessionOptions = {},
  ): Promise<Stepper> {
    requireRoom(section, `the section that begins with ${section.schedule[0]?.graph ?? 'no graph'}`)
    // float64 is for proofs: there, one graph per layer and one for all must agree to the last bit.
    const exact = bundle.manifest.program.dtype === 'float64'
    const { stepsPerRun } = section
    const stages: Stage[] = []
    for (const [place, { graph: name, drop }] of section.schedule.entries()) {
      const graph = section.graphs.find((each) => each.name === name)
      if (!graph) throw new Error(`no graph ${name}`)
      const last = notReadAfter(section, place, graph)
      stages.push({
        graph,
        session: await GraphSession.create(
          { graph, bytes: bundle.graph(graph), stepsPerRun },
          options,
          exact,
        ),
        drop,
        last,
      })
    }
    return new Stepper(
      section,
      stages,
      new ValueStore(section, 'fill' in values ? values : valuesFrom(values)),
    )
  }

  /**
   * Does one step per batch, and runs each graph once: as many as `stepsPerRun`, or fewer. Parameters and states
   * are then those after the last of them.
   */
  async run(batches: readonly StepInputs[]): Promise<StepResults[]> {
    const { stepsPerRun } = this.section
    const [only] = batches
    if (batches.length > stepsPerRun || !only)
      throw new Error(`${batches.length} batches for graphs of ${stepsPerRun} steps per run`)
    if (stepsPerRun === 1) {
      const { losses, outputs } = await this.runGraphs(only)
      return [{ losses: numbers(losses), outputs }]
    }
    const { losses, outputs } = await this.runGraphs(stack(batches), batches.length)
    return batches.map((_, step) => ({
      losses: numbers(unstack(losses, step)),
      outputs: unstack(outputs, step),
    }))
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

  /** Bytes kept for values to come, beside those of the values themselves. */
  get spareBytes(): number {
    return this.store.spareBytes
  }

  /** Goes on from other values of parameters and states; they are copied, and those not named stay. */
  assign(values: Values): void {
    for (const [name, value] of values) this.store.assign(name, value)
  }

  async release(): Promise<void> {
    for (const { session } of this.stages) await session.release()
  }

  /** @param steps how many are stacked in what the graphs take and give; undefined where nothing is stacked */
  private async runGraphs(inputs: StepInputs, steps?: number) {
    const losses: Record<string, HostTensor> = {}
    const outputs: Record<string, HostTensor> = {}
    const activities = new Map<string, HostTensor>()
    const external = new Map(Object.entries(inputs))
    this.checkNames(external)
    const waiting = new Map<string, HostTensor>()
    const given =
      ({ name: graph }: Graph) =>
      (name: string) => {
        const value = external.get(name) ?? this.store.get(name) ?? activities.get(name)
        if (!value) throw new Error(`graph ${graph} needs ${name}`)
        return wrap(value)
      }
    for (const { graph, session, drop, last } of this.stages) {
      if (graph.blocks !== undefined)
        await this.timed(graph, () => runBlocks(graph, session, this.store, given(graph)))
      else {
        const feeds = Object.fromEntries(graph.inputs.map(({ name }) => [name, given(graph)(name)]))
        const results = this.resultsOf(graph, steps)
        await this.timed(graph, () => session.run(feeds, Object.fromEntries(results)))
        for (const { name, role, updates } of graph.outputs) {
          const result = results.get(name)
          if (!result) continue
          if (updates !== undefined)
            if (last.has(updates)) this.store.replace(updates, result)
            else waiting.set(updates, result)
          else if (role === 'loss') losses[name] = result
          else if (role === 'activity') activities.set(name, result)
          else if (leaving.has(role)) outputs[name] = result
        }
      }
      for (const name of drop) {
        const dropped = activities.get(name)
        if (dropped) discard({ [name]: dropped })
        activities.delete(name)
      }
    }
    for (const [name, value] of waiting) this.store.replace(name, value)
    // What is not dropped is for others: a part of a section hands it on.
    for (const [name, activity] of activities) outputs[name] = activity
    return { losses, outputs }
  }

  /** Memory for what a graph gives; that of new values is spare. */
  private resultsOf({ outputs }: Graph, steps?: number): Map<string, HostTensor> {
    return new Map(
      outputs.map(({ name, updates, type, shape }) => [
        name,
        updates === undefined
          ? allocateUnfilled(type, steps === undefined ? shape : [steps, ...shape])
          : this.store.take({ type, shape }),
      ]),
    )
  }

  private async timed<Result>({ name }: Graph, run: () => Promise<Result>): Promise<Result> {
    const start = performance.now()
    const result = await run()
    const elapsed = performance.now() - start
    this.runMilliseconds += elapsed
    this.graphMilliseconds.set(name, (this.graphMilliseconds.get(name) ?? 0) + elapsed)
    return result
  }

  private checkNames(given: ReadonlyMap<string, HostTensor>): void {
    for (const name of given.keys())
      if (!this.external.has(name)) throw new Error(`no graph of this section reads '${name}'`)
  }
}

const numbers = (losses: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(losses).map(([name, { data }]) => [name, Number(data[0])]))

/** All graphs of a step read the values of the step before: these are not read after the graph in this place. */
function notReadAfter({ schedule, graphs }: Section, place: number, graph: Graph): Set<string> {
  const later = new Set(schedule.slice(place + 1).map(({ graph: name }) => name))
  const read = new Set(
    graphs.filter(({ name }) => later.has(name)).flatMap(({ inputs }) => inputs.map(({ name }) => name)),
  )
  return new Set(
    graph.outputs.flatMap(({ updates }) => (updates === undefined || read.has(updates) ? [] : updates)),
  )
}
