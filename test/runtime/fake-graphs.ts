import { runStages } from '../../runtime/train/run-stages.ts'
import { adjustScales } from '../../runtime/train/loss-scales.ts'
import { stagesOf, type GraphRuns } from '../../runtime/train/stages.ts'
import { Stopwatch } from '../../runtime/train/stopwatch.ts'
import { ValueStore } from '../../runtime/values/value-store.ts'
import type { HostTensor, TypedData } from '../../runtime/values/tensor.ts'
import { stream } from '../../runtime/values/random.ts'
import type { Exchange } from '../../runtime/train/exchange.ts'
import { scalingOf, type Share } from '../../runtime/values/share.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { ValueSource } from '../../runtime/values/value-source.ts'

/** Graphs that compute whole numbers of all that they are given, after a while. */

const MODULUS = 10007

const mixed = (...numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => (sum * 31 + number + 7) % MODULUS, 1)
const letters = (text: string): number => mixed(...Array.from(text, (letter) => letter.charCodeAt(0)))

const fakeGraph = (graph: Graph, wait: () => void): GraphRuns => ({
  run: (inputs, results) => {
    wait()
    const read = graph.inputs.map(({ name }) => mixed(letters(name), ...numbersOf(inputs[name])))
    for (const { name } of graph.outputs) {
      const data = results[name]?.data
      if (!isFloat(data)) throw new Error(`no place for ${name}`)
      for (let i = 0; i < data.length; i++) data[i] = mixed(letters(name), i, ...read)
    }
    return Promise.resolve()
  },
  release: () => Promise.resolve(),
})

function numbersOf(tensor: HostTensor | undefined): number[] {
  if (!tensor) throw new Error('an input is missing')
  // Counts are whole numbers, also of a graph that reads a loss scale below 1.
  return Array.from(tensor.data, Number).map(Math.ceil)
}

const isFloat = (data: TypedData | undefined): data is Float64Array | Float32Array =>
  data instanceof Float64Array || data instanceof Float32Array

const start: ValueSource = {
  fill: (name, zeros) => {
    for (let i = 0; i < zeros.length; i++) if (isFloat(zeros)) zeros[i] = mixed(letters(name), i)
    return true
  },
}

interface Steps {
  readonly steps: number
  readonly exchange?: Exchange
  /** Of how long each run takes; none: no time. */
  readonly seed?: number
  /** What a step is given beside its views, where the section is a part of one. */
  readonly given?: (step: number) => Promise<Readonly<Record<string, HostTensor>>>
  /** Hears of what it was given, and has made for other parts. */
  readonly handOn?: (outputs: Readonly<Record<string, HostTensor>>) => void
}

/** What is kept after some steps of a share, by name. */
export async function stepsOf(
  section: Section,
  share: Share,
  { steps, exchange, seed, given = () => Promise.resolve({}), handOn }: Steps,
): Promise<Map<string, HostTensor>> {
  const asleep = new Int32Array(new SharedArrayBuffer(4))
  const random = stream(seed ?? 0, 'delays')
  const wait = () => {
    const [length, isLong] = [random.uniformDouble(), random.uniformDouble() < 0.3]
    if (seed !== undefined && isLong) Atomics.wait(asleep, 0, 0, 4 * length)
  }
  const stages = await stagesOf(section, share, (graph) => Promise.resolve(fakeGraph(graph, wait)))
  const store = new ValueStore(section, start, share)
  const scaling = scalingOf(section, share)
  for (let step = 0; step < steps; step++) {
    const views = { type: 'float64' as const, shape: [2], data: Float64Array.of(step, step) }
    const activities = await given(step)
    const external = new Map(Object.entries({ views, ...activities }))
    const { outputs } = await runStages(stages, store, new Stopwatch(), { external, exchange })
    handOn?.({ ...activities, ...outputs })
    if (scaling) adjustScales(scaling, store)
  }
  return store.all()
}
