import { isMainThread } from 'node:worker_threads'
import { UserError } from '../../src/base/error.ts'
import { describeTf32, requireCudaFor, type SessionOptions } from './options.ts'

/**
 * onnxruntime asks NVIDIA's libraries for TF32 in products and convolutions, and onnxruntime-node has no option that would
 * keep it from that. The libraries have: they read this variable as they are loaded, which is when the first session on
 * CUDA is made. So it is set in this process before that, and neither command line nor library need be started with it.
 */
export const TF32_VARIABLE = 'NVIDIA_TF32_OVERRIDE'

/** What sessions of this process are made with; undefined before the first on CUDA. */
let settled: boolean | undefined

/** As `Sessions.settle` of the platform says. */
export function settleSessions(options: SessionOptions): void {
  requireCudaFor(options)
  if (options.provider === 'cuda') settleTf32(options.tf32 ?? false)
}

/**
 * Fixes for this process whether TF32 may be used.
 *
 * @param env that of the process: a thread has a copy, which NVIDIA's libraries do not see
 * @throws UserError ('ProviderError') where the environment says otherwise, or another session of this process did
 */
export function settleTf32(allowed: boolean, env = process.env, isOwn = isMainThread): void {
  if (settled !== undefined && settled !== allowed)
    throw new UserError('ProviderError', `sessions of this process run ${describeTf32(settled)}`, {
      help: `NVIDIA's libraries are told once: those that run ${describeTf32(allowed)} need a process of their own.`,
    })
  const said = env[TF32_VARIABLE] === '' ? undefined : env[TF32_VARIABLE]
  if (allowed ? said === '0' : said !== '0' && (said !== undefined || !isOwn))
    throw new UserError(
      'ProviderError',
      `${TF32_VARIABLE} is ${said ?? 'not set'}, and sessions are to run ${describeTf32(allowed)}`,
      {
        help: allowed
          ? `Unset it, or leave --tf32 (tf32: true) out.`
          : `Start the process with ${TF32_VARIABLE}=0, or give --tf32 (tf32: true).`,
      },
    )
  if (!allowed) env[TF32_VARIABLE] = '0'
  settled = allowed
}
