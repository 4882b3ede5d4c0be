import { platform } from '#platform'
import { checkGraph } from '../../src/bundle/check-graph.ts'
import { checkDescription } from './graph-check.ts'
import { graphError, requireMemory } from './session-error.ts'
import type { SessionOptions } from './options.ts'
import type { Session, Tensors } from '../platform/platform.ts'
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
  private readonly session: Session

  private constructor(graph: Graph, session: Session) {
    this.graph = graph
    this.session = session
  }

  /**
   * @param exact as of `Sessions.create`
   * @throws UserError as that does, and 'BundleError' or 'MemoryError' where the graph is none that the
   * compiler writes, onnxruntime refuses it, or it is not what the manifest says
   */
  static async create(
    { graph, bytes, stepsPerRun = 1, batch = 1 }: DescribedGraph,
    options: SessionOptions,
    exact = false,
  ): Promise<GraphSession> {
    const what = `graph '${graph.name}' (${graph.file})`
    const { peakBytes } = checkGraph(bytes, what, { steps: stepsPerRun, batch })
    // A GPU has memory of its own, and refuses what does not fit.
    if (options.provider !== 'cuda') requireMemory(peakBytes, what)
    const session = await platform.sessions.create(bytes, options, exact).catch((error: unknown) => {
      throw graphError(graph, 'load', error)
    })
    try {
      checkDescription(graph, session, stepsPerRun)
    } catch (error) {
      await session.release()
      throw error
    }
    return new GraphSession(graph, session)
  }

  /**
   * @param results for every output the memory that it is written to: none that an input is read from
   * @throws UserError ('BundleError', 'MemoryError') where onnxruntime gives up
   */
  async run(inputs: Tensors, results: Tensors): Promise<void> {
    try {
      await this.session.run(inputs, results)
    } catch (error) {
      throw graphError(this.graph, 'run', error)
    }
  }

  release(): Promise<void> {
    return this.session.release()
  }
}
