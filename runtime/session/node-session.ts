import { cudaFailure, isOfMemory } from './cuda-failure.ts'
import { discard } from './discard.ts'
import { wrap } from './ort-tensor.ts'
import { createSession } from './provider.ts'
import { hasGpuFailed, noteGpuFailure } from './gpu-health.ts'
import { FIRST_OUTPUT, isLeftUncopied, withoutCopies } from './uncopied.ts'
import type { InferenceSession, Tensor } from './onnxruntime.ts'
import type { SessionOptions } from './options.ts'
import type { Described, Session, Tensors } from '../platform/platform.ts'

/** A session of onnxruntime-node that writes all that it gives where its caller wants it. @throws as `createSession` */
export async function nodeSession(
  graph: Uint8Array,
  options: SessionOptions,
  exact: boolean,
): Promise<Session> {
  // On a GPU every node must be the GPU's, and its results cross the bus anyway.
  const copies = options.provider === 'cuda'
  const session = await createSession(copies ? graph : withoutCopies(graph), options, exact)
  // Fetched beside the results.
  const first: Readonly<Record<string, null>> = copies ? {} : { [FIRST_OUTPUT]: null }
  return {
    inputs: session.inputMetadata.map(described),
    outputs: session.outputMetadata.filter(({ name }) => name !== FIRST_OUTPUT).map(described),
    run: async (inputs, results) => {
      try {
        discard(await session.run(wrapped(inputs), { ...first, ...wrapped(results) }))
      } catch (error) {
        if (!isLeftUncopied(error)) throw copies ? onGpu(error, options.device) : error
      }
    },
    release: async () => {
      if (!copies || !hasGpuFailed()) await session.release()
    },
  }
}

/** What went wrong in a run on a GPU, which may be the GPU's fault. */
function onGpu(error: unknown, device = 0): unknown {
  if (!(error instanceof Error)) return error
  const failure = cudaFailure(error.message, device)
  if (failure && !isOfMemory(error.message)) noteGpuFailure()
  return failure ?? error
}

const described = (value: InferenceSession.ValueMetadata): Described => ({
  name: value.name,
  tensor: value.isTensor ? { type: value.type, shape: value.shape } : undefined,
})

const wrapped = (tensors: Tensors): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, wrap(tensor)] as const))
