import { bytesOfShape } from '../../src/base/type.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What a training step takes of a GPU at least, by what the compiler counts of its graphs: a roofline. */

export interface Gpu {
  readonly name: string
  /** Floating-point operations a second in float32, without TF32, by the data sheet. */
  readonly flops: number
  /** Bytes a second between the GPU and its memory, by the data sheet. */
  readonly memory: number
  /** Bytes a second over the bus, from and to memory that is not pinned: an assumption. */
  readonly bus: number
  /** Seconds from one node to the next, where each is launched for itself: an assumption. */
  readonly launch: number
}

export const h100: Gpu = { name: 'H100 SXM', flops: 67e12, memory: 3.35e12, bus: 25e9, launch: 5e-6 }

export interface Need {
  /** Of a step. */
  readonly flops: number
  /** Bytes of a step to and from the GPU's memory: each result is written once and read once, parameters and states are read. */
  readonly traffic: number
  readonly nodes: number
  /** Bytes of parameters and states that a run is given, and that it gives. */
  readonly stateIn: number
  readonly stateOut: number
  /** Bytes of results that are there at once. */
  readonly activity: number
  /** Bytes of what a step is given beside parameters and states. */
  readonly batch: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

interface Sized {
  readonly name: string
  readonly type: Parameters<typeof bytesOfShape>[0]
  readonly shape: readonly number[]
  /** One of so many equal parts. */
  readonly of: number
}

/** Values of one name are one, whichever graphs read them. */
const bytesOf = (values: readonly Sized[]): number =>
  sum([...new Map(values.map((each) => [each.name, each.of * bytesOfShape(each.type, each.shape)])).values()])

const sized = <Value extends { readonly block?: true | undefined }>(values: readonly Value[], blocks = 1) =>
  values.map((value) => ({ ...value, of: value.block ? blocks : 1 }))

/** @param section of training, whose figures are of one step */
export function needOf({ graphs }: Section): Need {
  const inputs = graphs.flatMap(({ inputs, blocks }) => sized(inputs, blocks))
  const outputs = graphs.flatMap(({ outputs, blocks }) => sized(outputs, blocks))
  const isKept = ({ role }: { readonly role: string }) => role === 'parameter' || role === 'state'
  const made = new Set(outputs.map(({ name }) => name))
  const stateIn = bytesOf(inputs.filter(isKept))
  return {
    flops: sum(graphs.map(({ cost, blocks = 1 }) => blocks * cost.flops)),
    traffic: 2 * sum(graphs.map(({ cost, blocks = 1 }) => blocks * cost.activationBytes)) + stateIn,
    nodes: sum(graphs.map(({ cost }) => cost.nodes)),
    stateIn,
    stateOut: bytesOf(outputs.filter(({ updates }) => updates !== undefined)),
    activity: Math.max(...graphs.map(({ cost }) => cost.peakBytes ?? cost.activationBytes)),
    batch: bytesOf(inputs.filter((input) => !isKept(input) && !made.has(input.name))),
  }
}

export interface Estimate {
  /** Seconds of a step, were it nothing but this. */
  readonly products: number
  readonly memory: number
  readonly launches: number
  /** The longest of these, and which that is. */
  readonly step: number
  readonly bound: 'products' | 'memory' | 'launches'
  /** Seconds of a run beside its steps: what crosses the bus. */
  readonly run: number
  /** Steps of a run in which that is 2 %. */
  readonly enough: number
  /** Bytes on the device with so many steps a run. */
  readonly deviceBytes: number
}

/** Of the time of a run, for what crosses the bus. */
const SHARE = 0.02
/** What a loop holds of parameters and states: those given, those of the turn, and those to be given back. */
const COPIES = 3
/** Bytes that the libraries themselves take of a device: an assumption. */
const LIBRARIES = 1e9

/** @param steps of a run, for the memory of their batches */
export function estimate(need: Need, gpu: Gpu, steps: number): Estimate {
  const times = {
    products: need.flops / gpu.flops,
    memory: need.traffic / gpu.memory,
    launches: need.nodes * gpu.launch,
  }
  const order = ['products', 'memory', 'launches'] as const
  const bound = order.reduce((a, b) => (times[b] > times[a] ? b : a))
  const run = (need.stateIn + need.stateOut) / gpu.bus
  return {
    ...times,
    step: times[bound],
    bound,
    run,
    enough: Math.ceil(run / (SHARE * times[bound])),
    deviceBytes: LIBRARIES + COPIES * need.stateIn + need.activity + steps * need.batch,
  }
}
