import { GradientEvaluator } from '../runtime/align/gradients.ts'
import { initialValues } from '../runtime/values/start.ts'
import { compileGradients } from '../src/compile-gradients.ts'
import { addMultiple, type Matrix } from './matrix.ts'
import type { Dataset, MiniBatch } from './dataset.ts'
import type { LinearLayer } from './network.ts'
import type { HostTensor } from '../runtime/values/tensor.ts'
import type { Program } from '../src/lang/program.ts'
import type { Section } from '../src/bundle/schema/section.ts'

/** Gradients of one layer's weights: of its own loss, and of the top loss through the network. */
export interface LayerGradients {
  readonly local: Float64Array
  readonly global: Float64Array
}

/** A program's compiled gradients, evaluated by onnxruntime for any weights, projections and mini-batch. */
export class GradientGraph {
  readonly section: Section
  private readonly evaluator: GradientEvaluator
  private readonly layers: readonly string[]
  private readonly rule: string

  private constructor(program: Program, section: Section, evaluator: GradientEvaluator) {
    this.section = section
    this.evaluator = evaluator
    this.layers = program.encoder.map(({ name }) => name)
    this.rule = program.learn.rule.name
  }

  static async create(program: Program): Promise<GradientGraph> {
    const compiled = compileGradients(program)
    const section = compiled.manifest.gradients
    // One thread: the matrices are tiny.
    const evaluator = await GradientEvaluator.create(compiled, initialValues(section, 0), { threads: 1 })
    return new GradientGraph(program, section, evaluator)
  }

  /** Sets every weight and every projection. */
  assign(layers: readonly LinearLayer[], projections: readonly Matrix[]): void {
    const values = new Map<string, HostTensor>()
    this.layers.forEach((name, i) => {
      const [layer, projection] = [layers[i], projections[i]]
      if (!layer || !projection) throw new Error(`no weights or no projection for ${name}`)
      const { rows, columns, data } = projection
      values.set(`${name}.weight`, layer.weight)
      values.set(`${name}.${this.rule}.projection`, { type: 'float64', shape: [rows, columns], data })
    })
    const known = new Set(this.section.parameters.map(({ name }) => name))
    if (known.size !== values.size || [...values.keys()].some((name) => !known.has(name)))
      throw new Error(`the graph has the parameters ${[...known].join(', ')}`)
    this.evaluator.assign(values)
  }

  /** Of every layer, from the input up. */
  async at({ views, negatives }: MiniBatch): Promise<LayerGradients[]> {
    const found = await this.evaluator.at({ views, negatives })
    return this.layers.map((name) => {
      const gradients = found.get(`${name}.weight`)
      if (!gradients) throw new Error(`no gradients of ${name}`)
      return { local: floats(gradients.local), global: floats(gradients.global) }
    })
  }

  /** Gradients of the loss over the whole data set: the mean over its mini-batches. */
  async over({ batches }: Dataset): Promise<LayerGradients[]> {
    const sums: LayerGradients[] = []
    for (const batch of batches)
      (await this.at(batch)).forEach(({ local, global }, i) => {
        const sum = (sums[i] ??= {
          local: new Float64Array(local.length),
          global: new Float64Array(global.length),
        })
        addMultiple(sum.local, 1 / batches.length, local)
        addMultiple(sum.global, 1 / batches.length, global)
      })
    return sums
  }

  release(): Promise<void> {
    return this.evaluator.release()
  }
}

/** Gives `use` the gradients of these programs, in order, and releases them after. */
export async function withGradientGraphs<Result>(
  programs: readonly Program[],
  use: (graphs: readonly GradientGraph[]) => Promise<Result>,
): Promise<Result> {
  const graphs: GradientGraph[] = []
  try {
    for (const program of programs) graphs.push(await GradientGraph.create(program))
    return await use(graphs)
  } finally {
    for (const graph of graphs) await graph.release()
  }
}

function floats({ data }: HostTensor): Float64Array {
  if (data instanceof Float64Array) return data
  throw new Error('gradients are not float64')
}
