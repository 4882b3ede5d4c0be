import { discard } from './discard.ts'
import { FIRST_OUTPUT, isLeftUncopied, withoutCopies } from './uncopied.ts'
import { createSession, type SessionOptions } from './provider.ts'
import { wrap } from './ort-tensor.ts'
import type { InferenceSession, Tensor } from './onnxruntime.ts'
import type { HostTensor } from './tensor.ts'

/** A graph that writes all that it gives where its caller wants it. */
export class GraphSession {
  private readonly session: InferenceSession
  /** Fetched beside the results. */
  private readonly first: Readonly<Record<string, null>>

  private constructor(session: InferenceSession, first: Readonly<Record<string, null>>) {
    this.session = session
    this.first = first
  }

  /** @throws as `createSession` does, whose parameters these are */
  static async create(graph: Uint8Array, options: SessionOptions, exact = false): Promise<GraphSession> {
    // On a GPU every node must be the GPU's, and its results cross the bus anyway.
    if (options.provider === 'cuda') return new GraphSession(await createSession(graph, options, exact), {})
    return new GraphSession(await createSession(withoutCopies(graph), options, exact), {
      [FIRST_OUTPUT]: null,
    })
  }

  /** @param results for every output the memory that it is written to: none that an input is read from */
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
      if (!isLeftUncopied(error)) throw error
    }
  }

  release(): Promise<void> {
    return this.session.release()
  }
}
