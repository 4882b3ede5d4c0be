import { discard } from './discard.ts'
import { FIRST_OUTPUT, isLeftUncopied, withoutCopies } from './uncopied.ts'
import { createSession, type SessionOptions } from './provider.ts'
import { wrap } from './ort-tensor.ts'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import type { HostTensor } from './tensor.ts'

/** A graph that writes all that it gives where its caller wants it. */
export class GraphSession {
  private readonly session: InferenceSession
  private readonly copies: boolean

  private constructor(session: InferenceSession, copies: boolean) {
    this.session = session
    this.copies = copies
  }

  /** @throws as `createSession` does, whose parameters these are */
  static async create(graph: Uint8Array, options: SessionOptions, exact = false): Promise<GraphSession> {
    // On a GPU every node must be the GPU's, and its results cross the bus anyway.
    const copies = options.provider === 'cuda'
    return new GraphSession(
      await createSession(copies ? graph : withoutCopies(graph), options, exact),
      copies,
    )
  }

  /** @param results for every output the memory that it is written to: none that an input is read from */
  async run(
    inputs: Readonly<Record<string, Tensor>>,
    results: Readonly<Record<string, HostTensor>>,
  ): Promise<void> {
    const fetches = Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, wrap(result)] as const),
    )
    if (this.copies) discard(await this.session.run(inputs, fetches))
    else
      try {
        discard(await this.session.run(inputs, { [FIRST_OUTPUT]: null, ...fetches }))
      } catch (error) {
        if (!isLeftUncopied(error)) throw error
      }
  }

  release(): Promise<void> {
    return this.session.release()
  }
}
