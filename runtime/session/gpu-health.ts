import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/**
 * After a fault in a computation every call of CUDA fails, in all threads of the process, and onnxruntime ends the process
 * where one fails as memory is given back. So whether something has failed is known to all threads: what they are started
 * with has this memory in it.
 */
const KEY = 'hebb: whether a GPU has failed'

const given = getEnvironmentData(KEY)
const shared =
  given instanceof SharedArrayBuffer ? given : new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
setEnvironmentData(KEY, shared)
const failures = new Int32Array(shared)

export const noteGpuFailure = (): void => {
  Atomics.add(failures, 0, 1)
}

/** Whether sessions on a GPU are to be left as they are. */
export const hasGpuFailed = (): boolean => Atomics.load(failures, 0) > 0
