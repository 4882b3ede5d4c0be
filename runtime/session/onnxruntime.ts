/**
 * The only module that loads onnxruntime-node. Version 1.30 tells its makers what it runs, and keeps what it could not
 * send in the user's cache folder and the temporary one, unless the environment forbids it when the first session is
 * made. A thread that was given an environment of its own changes only that: there, who started the process must.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1'

export { env, InferenceSession, Tensor } from 'onnxruntime-node'
