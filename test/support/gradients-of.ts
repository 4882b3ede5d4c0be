import { elements } from '../../src/base/type.ts'
import { sgd, type Program } from '../../src/index.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { labelTensor } from '../../runtime/batches/rows.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { emulatedGraphs, mostRoundings } from './emulate-float16.ts'
import { normals } from './samples.ts'
import { trainingGraphs } from './steps.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Logs } from '../../runtime/train/logs.ts'
import type { Values } from '../../runtime/values/value-store.ts'

export interface Gradients {
  /** Of each graph that learns: those of all its parameters, one after the other. */
  readonly blocks: ReadonlyMap<string, readonly number[]>
  /** How often a value is rounded to float16 on its way through all graphs, at most. */
  readonly roundings: number
  /** Blocks whose step was skipped. */
  readonly skipped: readonly string[]
}

interface Ways {
  /** The scale of all losses, where it is mixed precision. */
  readonly scale?: number
  /** By which part of itself each number that the graphs are given is moved, up or down by chance; a result for each. */
  readonly moved?: readonly number[]
}

/**
 * Gradients of a first step, on random views with labels 0, 1, 2, 0, …: what a momentum that was zero is after it. Float16 is
 * emulated.
 */
export async function gradientsOf(
  given: Program,
  { scale = 16, moved = [0] }: Ways = {},
): Promise<readonly [Gradients, ...Gradients[]]> {
  const optimizer = sgd({ lr: 0.1, momentum: 0.9 })
  const { bundle, train } = trainingGraphs({ ...given, optimizer }, { target: 'cuda', stepsPerRun: 1 })
  const start = initialValues(train, 3)
  const stepper = await Stepper.create(emulatedGraphs(bundle), train, start, { threads: 1 })
  const views = train.graphs.flatMap(({ inputs }) => inputs).find(({ role }) => role === 'views')
  const shape = views?.shape ?? []
  const labels = labelTensor(Uint32Array.from({ length: train.batch }, (_, i) => i % 3))
  const others = {
    ...inputsByRole(train, { labels, ...counters(0, 0.01, 0) }),
    ...Object.fromEntries(train.draws.map((draw) => [draw.name, drawTensor(draw, 5, 0)])),
  }
  const roundings = train.graphs.reduce((sum, graph) => sum + mostRoundings(bundle.graph(graph)), 0)

  const atMove = async (by: number, seed: number): Promise<Gradients> => {
    const random = stream(seed, 'moved')
    const near = (data: ArrayLike<number>) =>
      Float32Array.from(data, (x) => x * (1 + (random.uniform() < 0.5 ? by : -by)))
    stepper.assign(
      new Map(
        [...start].map(([name, value]) => {
          if (name.endsWith('.loss_scale')) return [name, { ...value, data: Float32Array.of(scale) }]
          return [name, value.data instanceof Float32Array ? { ...value, data: near(value.data) } : value]
        }),
      ),
    )
    const [result] = await stepper.run([
      { views: { type: 'float32', shape, data: near(normals(elements(shape), 20)) }, ...others },
    ])
    return { ...taken(train, stepper.values()), roundings, skipped: skippedIn(result?.log ?? {}) }
  }
  const all = await mapInTurn(moved, atMove)
  await stepper.release()
  const [first, ...more] = all
  if (!first) throw new Error('nothing was asked for')
  return [first, ...more]
}

async function mapInTurn<T, R>(list: readonly T[], work: (each: T, i: number) => Promise<R>): Promise<R[]> {
  const made: R[] = []
  for (const [i, each] of list.entries()) made.push(await work(each, i))
  return made
}

function taken({ graphs }: Section, values: Values): Pick<Gradients, 'blocks'> {
  const blocks = new Map<string, readonly number[]>()
  for (const { name, outputs } of graphs) {
    const gradients = outputs.flatMap(({ updates }) => {
      const value = updates?.endsWith('.momentum_buffer') === true ? values.get(updates) : undefined
      return value ? Array.from(value.data, Number) : []
    })
    if (gradients.length > 0) blocks.set(name, gradients)
  }
  return { blocks }
}

const skippedIn = (log: Logs): readonly string[] =>
  Object.entries(log).flatMap(([layer, { skipped }]) => (skipped === 1 ? layer : []))
