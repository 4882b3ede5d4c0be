import { onnxruntime, type InferenceSession } from './onnxruntime.ts'
import { availableCores } from '../../src/base/cores.ts'
import { UserError } from '../../src/base/error.ts'
import { keepsFreedMemory } from './allocator.mjs'
import {
  missingCuda,
  requireCudaSystem,
  requireSoundCuda,
  requireVersionOfCuda,
} from '../onnxruntime/cuda.ts'
import { loadError, seeDoctor } from '../onnxruntime/cuda-needs.ts'
import { cudaFailure } from './cuda-failure.ts'
import { leftToCpu } from './placement.ts'
import { shortened } from './session-error.ts'
import { settleSessions } from './tf32.ts'
import type { SessionOptions } from './options.ts'

/**
 * Makes a session of one graph. Sessions share memory, and that of their outputs costs less, in a process
 * that was started with `allocatorSettings()` in its environment, as `hebb` starts its own; in any other, each
 * session keeps an arena as large as its peak.
 *
 * @param exact computes every node as it is written, so that cutting a graph elsewhere changes no bit
 * @throws UserError ('ProviderError') where the provider cannot run here; it names the missing files; ('InstallError') where
 *   they are damaged
 */
export async function createSession(
  graph: Uint8Array,
  given: SessionOptions,
  exact = false,
): Promise<InferenceSession> {
  settleSessions(given)
  const { provider = 'cpu', device = 0, threads, profile } = given
  if (provider === 'cuda') {
    requireCuda()
    // What libraries are missed by is thrown, in words that can be read.
    onnxruntime().env.logLevel = 'fatal'
  }
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider === 'cpu' ? provider : { name: provider, deviceId: device }],
    // onnxruntime fuses a product into one of the sums it meets; which one depends on the rest of the graph.
    graphOptimizationLevel: exact ? 'disabled' : 'all',
    intraOpNumThreads: threads ?? availableCores(),
    // Errors are thrown, too.
    logSeverityLevel: 4,
    // Halves the peak memory at no cost in time.
    enableMemPattern: false,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    // An arena keeps the peak of each session; malloc, where it keeps what is freed, lends it to all in turn. But
    // what a profile notes down lies in what was freed, and the next large buffer would find no place there.
    enableCpuMemArena: profile !== undefined || !keepsFreedMemory(),
    extra: {
      session: {
        // Bytes that could be of its own format, too, are not read as such.
        load_model_format: 'ONNX',
        // Threads wait for their next share of an operation without sleeping, which is most of a small one's time: long
        // enough to be awake when the next block of an update is run, and then no longer, since an idle pool
        // takes cores from the layer that runs.
        intra_op: { allow_spinning: '1', spin_duration_us: '100' },
        // On CUDA, one node on the CPU copies its operands over the bus in every run: refuse instead.
        ...(provider === 'cuda' ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  }
  try {
    return await onnxruntime().InferenceSession.create(graph, options)
  } catch (error) {
    if (provider === 'cpu') throw error
    throw notOnCuda(graph, error, device)
  }
}

/** Why there is no session on CUDA. */
function notOnCuda(graph: Uint8Array, error: unknown, device: number): unknown {
  const message = error instanceof Error ? error.message : String(error)
  if (message.includes('fallback to CPU EP has been explicitly disabled')) return onCpu(graph)
  const known = cudaFailure(message, device)
  if (known) return known
  requireVersionOfCuda()
  if (/Failed to load (shared )?library/.test(message)) return loadError()
  // What is wrong with the graph is told as on the CPU.
  if (!/provider|backend|cuda/i.test(message)) return error
  return new UserError('ProviderError', `the CUDA provider did not start: ${shortened(message)}`, {
    help: `${seeDoctor} Or use --provider cpu.`,
  })
}

function onCpu(graph: Uint8Array): UserError {
  const nodes = leftToCpu(graph)?.join(', ') ?? 'which ones is not known'
  return new UserError('ProviderError', `CUDA would leave nodes of a graph to the CPU: ${nodes}`, {
    help: 'Each of them copies its operands over the bus in every step. Compile with --target cuda, or use --provider cpu.',
  })
}

function requireCuda(): void {
  requireCudaSystem()
  const { folder, files } = missingCuda()
  if (files.length > 0)
    throw new UserError(
      'ProviderError',
      `the CUDA provider is not installed: ${files.join(' and ')} missing in ${folder}`,
      { help: 'Install it: npx hebb install-cuda' },
    )
  requireSoundCuda()
}
