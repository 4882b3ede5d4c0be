import { createRequire } from 'node:module'
import type * as Onnxruntime from 'onnxruntime-common'
import { onnxruntimeFolder } from '../onnxruntime/find.ts'

export type { InferenceSession, Tensor } from 'onnxruntime-common'

/**
 * The only place that loads onnxruntime-node. Version 1.30 tells its makers what it runs, and keeps what it could not
 * send in the user's cache folder and the temporary one, unless the environment forbids it when the first session is
 * made. A thread that was given an environment of its own changes only that: there, who started the process must.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1'

let loaded: typeof Onnxruntime | undefined

/**
 * onnxruntime-node, loaded where it is first needed.
 *
 * @throws UserError ('ProviderError') where it is not installed
 */
export function onnxruntime(): typeof Onnxruntime {
  loaded ??= createRequire(import.meta.url)(onnxruntimeFolder()) as typeof Onnxruntime
  return loaded
}
