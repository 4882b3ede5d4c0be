import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { createSession, type SessionOptions } from './provider.ts'
import { SpareMemory } from './spare-memory.ts'
import { stack, unstack } from './stacked.ts'
import type { HostTensor } from './tensor.ts'
import type { Graph, GraphInput, GraphOutput, Manifest, Section } from '../src/onnx/manifest.ts'

/** What one step is given from outside, by the names of the graphs' inputs. */
export type StepInputs = Readonly<Record<string, HostTensor>>

export interface StepResults {
  /** One number per loss output. */
  readonly losses: Readonly<Record<string, number>>
  /** Outputs that leave the section: views, features, logits, gradients, and activities that it does not drop. */
  readonly outputs: Readonly<Record<string, HostTensor>>
}

/** What a section's graphs come from: a bundle, or what a compiler has in memory. */
export interface GraphStore {
  readonly manifest: { readonly program: Pick<Manifest['program'], 'dtype'> }
  readonly graph: (graph: Graph) => Uint8Array
}

/** Parameters and states by name. */
export type Values = ReadonlyMap<string, HostTensor>

interface Stage {
  readonly graph: Graph
  readonly session: InferenceSession
  readonly drop: readonly string[]
  /** Values that no later graph of the step reads: their new ones take their place at once. */
  readonly last: ReadonlySet<string>
}

const outside = new Set<GraphInput['role']>(['draw', 'views', 'images', 'features', 'labels', 'rate', 'step'])
const leaving = new Set<GraphOutput['role']>(['views', 'features', 'logits', 'gradient', 'alignment'])

/** Runs a section of a bundle step by step. Holds its parameters and states. */
export class Stepper {
  /** Milliseconds spent inside onnxruntime so far, in all and by graph. */
  runMilliseconds = 0
  readonly graphMilliseconds = new Map<string, number>()
  private readonly section: Section
  private readonly stages: readonly Stage[]
  private readonly current: Map<string, HostTensor>
  private readonly spare = new SpareMemory()
  /** Names that the graphs are given from outside. */
  private readonly external: ReadonlySet<string>

  private constructor(section: Section, stages: readonly Stage[], current: Map<string, HostTensor>) {
    this.section = section
    this.stages = stages
    this.current = current
    const inputs = section.graphs.flatMap((graph) => graph.inputs)
    const made = new Set(section.graphs.flatMap((graph) => graph.outputs.map(({ name }) => name)))
    const isExternal = ({ name, role }: GraphInput) =>
      outside.has(role) || (role === 'activity' && !made.has(name))
    this.external = new Set(inputs.filter(isExternal).map(({ name }) => name))
  }

  /**
   * Makes the sessions of a section.
   *
   * @param values where every parameter and state that the section's graphs read starts; they are copied.
   */
  static async create(
    bundle: GraphStore,
    section: Section,
    values: Values,
    options: SessionOptions = {},
  ): Promise<Stepper> {
    // float64 is for proofs: there, one graph per layer and one for all must agree to the last bit.
    const exact = bundle.manifest.program.dtype === 'float64'
    const stages: Stage[] = []
    for (const [place, { graph: name, drop }] of section.schedule.entries()) {
      const graph = section.graphs.find((each) => each.name === name)
      if (!graph) throw new Error(`no graph ${name}`)
      const last = notReadAfter(section, place, graph)
      stages.push({ graph, session: await createSession(bundle.graph(graph), options, exact), drop, last })
    }
    const current = new Map<string, HostTensor>()
    for (const { inputs } of section.graphs)
      for (const { name, role } of inputs) {
        if ((role !== 'parameter' && role !== 'state') || current.has(name)) continue
        const value = values.get(name)
        if (!value) throw new Error(`no value for ${role} ${name}`)
        current.set(name, { ...value, data: value.data.slice() })
      }
    return new Stepper(section, stages, current)
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
    const { losses, outputs } = await this.runGraphs(stack(batches))
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
    const value = this.current.get(name)
    if (!value) throw new Error(`no value called ${name}`)
    return value
  }

  /** All parameters and states, as `value`. */
  values(): Map<string, HostTensor> {
    return new Map(this.current)
  }

  /** Bytes kept for values to come, beside those of the values themselves. */
  get spareBytes(): number {
    return this.spare.bytes
  }

  /** Goes on from other values of parameters and states; they are copied, and those not named stay. */
  assign(values: Values): void {
    for (const [name, { type, shape, data }] of values) {
      const known = this.current.get(name)
      if (!known) continue
      if (known.type !== type || known.shape.join() !== shape.join())
        throw new Error(`${name} is ${known.type}[${known.shape}], not ${type}[${shape}]`)
      this.current.set(name, { type, shape, data: data.slice() })
    }
  }

  async release(): Promise<void> {
    for (const { session } of this.stages) await session.release()
  }

  private async runGraphs(given: StepInputs) {
    const losses: Record<string, HostTensor> = {}
    const outputs: Record<string, HostTensor> = {}
    const activities = new Map<string, Tensor>()
    const external = new Map(Object.entries(given).map(([name, value]) => [name, wrap(value)]))
    this.checkNames(external)
    const waiting = new Map<string, HostTensor>()
    for (const { graph, session, drop, last } of this.stages) {
      const feeds: Record<string, Tensor> = {}
      for (const { name } of graph.inputs) {
        const own = this.current.get(name)
        const value = external.get(name) ?? (own ? wrap(own) : activities.get(name))
        if (!value) throw new Error(`graph ${graph.name} needs ${name}`)
        feeds[name] = value
      }
      const fetches: Record<string, Tensor | null> = {}
      const made = new Map<string, HostTensor>()
      for (const { name, updates, type, shape } of graph.outputs) {
        fetches[name] = null
        if (updates === undefined) continue
        const next = this.spare.take({ type, shape })
        made.set(updates, next)
        fetches[name] = wrap(next)
      }
      const start = performance.now()
      const results = await session.run(feeds, fetches)
      const elapsed = performance.now() - start
      this.runMilliseconds += elapsed
      this.graphMilliseconds.set(graph.name, (this.graphMilliseconds.get(graph.name) ?? 0) + elapsed)
      for (const { name, role } of graph.outputs) {
        const result = results[name]
        if (!result) throw new Error(`graph ${graph.name} gave no ${name}`)
        if (role === 'loss') losses[name] = unwrap(result)
        else if (role === 'activity') activities.set(name, result)
        else if (leaving.has(role)) outputs[name] = unwrap(result)
      }
      for (const name of drop) activities.delete(name)
      for (const [name, value] of made)
        if (last.has(name)) this.replace(name, value)
        else waiting.set(name, value)
    }
    for (const [name, value] of waiting) this.replace(name, value)
    // What is not dropped is for others: a part of a section hands it on.
    for (const [name, activity] of activities) outputs[name] = unwrap(activity)
    return { losses, outputs }
  }

  private replace(name: string, value: HostTensor): void {
    const before = this.current.get(name)
    // A graph may give a new value in another shape (in blocks): the same numbers in the same order.
    this.current.set(name, before ? { ...value, shape: before.shape } : value)
    if (before) this.spare.give(before)
  }

  private checkNames(given: ReadonlyMap<string, Tensor>): void {
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

function wrap({ type, data, shape }: HostTensor): Tensor {
  if (data instanceof BigInt64Array) return new Tensor('int64', data, shape)
  if (data instanceof Float64Array) return new Tensor('float64', data, shape)
  if (data instanceof Float32Array) return new Tensor('float32', data, shape)
  if (data instanceof Uint16Array) return new Tensor('float16', data, shape)
  return type === 'bool' ? new Tensor('bool', data, shape) : new Tensor('uint8', data, shape)
}

function unwrap({ type, data, dims }: Tensor): HostTensor {
  if (data instanceof Float32Array && type === 'float32') return { type, data, shape: dims }
  if (data instanceof Float64Array && type === 'float64') return { type, data, shape: dims }
  if (data instanceof BigInt64Array && type === 'int64') return { type, data, shape: dims }
  throw new Error(`results of type ${type} are not expected`)
}
