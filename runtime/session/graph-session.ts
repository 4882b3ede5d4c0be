import { checkGraph } from '../../src/bundle/check-graph.ts'
import { discard } from './discard.ts'
import { checkDescription } from './graph-check.ts'
import { graphError, requireMemory } from './session-error.ts'
import { FIRST_OUTPUT, isLeftUncopied, withoutCopies } from './uncopied.ts'
import { createSession } from './create-session.ts'
import type { SessionOptions } from './provider.ts'
import { wrap } from './ort-tensor.ts'
import type { InferenceSession, Tensor } from './onnxruntime.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'

/** A graph as a manifest describes it, and its file. */
export interface DescribedGraph {
  readonly graph: Graph
  readonly bytes: Uint8Array
  /** Of its section; 1 unless given. */
  readonly stepsPerRun?: number
  readonly batch?: number
}

/** A graph that writes all that it gives where its caller wants it. */
export class GraphSession {
  private readonly graph: Graph
  private readonly session: InferenceSession
  /** Fetched beside the results. */
  private readonly first: Readonly<Record<string, null>>

  private constructor(graph: Graph, session: InferenceSession, first: Readonly<Record<string, null>>) {
    this.graph = graph
    this.session = session
    this.first = first
  }

  /**
   * @param exact as of `createSession`
   * @throws UserError as `createSession` does, and 'BundleError' or 'MemoryError' where the graph is none that the
   * compiler writes, onnxruntime refuses it, or it is not what the manifest says
   */
  static async create(
    { graph, bytes, stepsPerRun = 1, batch = 1 }: DescribedGraph,
    options: SessionOptions,
    exact = false,
  ): Promise<GraphSession> {
    const what = `graph '${graph.name}' (${graph.file})`
    const { peakBytes } = checkGraph(bytes, what, { steps: stepsPerRun, batch })
    // On a GPU every node must be the GPU's, and its results cross the bus anyway.
    const copies = options.provider === 'cuda'
    // A GPU has memory of its own, and refuses what does not fit.
    if (!copies) requireMemory(peakBytes, what)
    const session = await createSession(copies ? bytes : withoutCopies(bytes), options, exact).catch(
      (error: unknown) => {
        throw graphError(graph, 'load', error)
      },
    )
    const { inputMetadata, outputMetadata } = session
    const own = outputMetadata.filter(({ name }) => name !== FIRST_OUTPUT)
    try {
      checkDescription(graph, { inputMetadata, outputMetadata: own }, stepsPerRun)
    } catch (error) {
      await session.release()
      throw error
    }
    return new GraphSession(graph, session, copies ? {} : { [FIRST_OUTPUT]: null })
  }

  /**
   * @param results for every output the memory that it is written to: none that an input is read from
   * @throws UserError ('BundleError', 'MemoryError') where onnxruntime gives up
   */
  async run(
    inputs: Readonly<Record<string, Tensor>>,
    results: Readonly<Record<string, HostTensor>>,
  ): Promise<void> {
    const fetches = Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, wrap(result)] as const),
    )
    try {
      discard(await this.session.run(inputs, { ...this.first, ...fetches }))
    } catch (error) {
      if (!isLeftUncopied(error)) throw graphError(this.graph, 'run', error)
    }
  }

  release(): Promise<void> {
    return this.session.release()
  }
}
