import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { InferenceSession } from './onnxruntime.ts'
import { UserError } from '../../src/base/error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { keepsFreedMemory } from './allocator.mjs'
import { leftToCpu } from './placement.ts'

/** Where graphs run. */
export const providers = ['cpu', 'cuda'] as const
/** Where graphs run. */
export type Provider = (typeof providers)[number]

/** How graphs are run. */
export interface SessionOptions {
  /** Default cpu. */
  readonly provider?: Provider | undefined
  /** Threads of one operation on the CPU; default: one per core. */
  readonly threads?: number | undefined
  /** Where onnxruntime writes a profile of every session, node by node, when it is released: the beginning of a path. */
  readonly profile?: string | undefined
}

const INSTALL = 'node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install'

/**
 * Makes a session of one graph. Sessions share memory, and that of their outputs costs less, in a process
 * that was started with `allocatorSettings()` in its environment, as `hebb` starts its own; in any other, each
 * session keeps an arena as large as its peak.
 *
 * @param exact computes every node as it is written, so that cutting a graph elsewhere changes no bit
 * @throws UserError ('ProviderError') where the provider cannot run here; it names the missing files.
 */
export async function createSession(
  graph: Uint8Array,
  { provider = 'cpu', threads, profile }: SessionOptions,
  exact = false,
): Promise<InferenceSession> {
  if (provider === 'cuda') requireCuda()
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    // onnxruntime fuses a product into one of the sums it meets; which one depends on the rest of the graph.
    graphOptimizationLevel: exact ? 'disabled' : 'all',
    intraOpNumThreads: threads ?? availableParallelism(),
    // Errors are thrown, too; on CUDA the log says more of why a library cannot be used.
    logSeverityLevel: provider === 'cuda' ? 3 : 4,
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
    return await InferenceSession.create(graph, options)
  } catch (error) {
    if (provider === 'cpu') throw error
    if ((error as Error).message.includes('fallback to CPU EP has been explicitly disabled'))
      throw onCpu(graph)
    throw new UserError('ProviderError', `the CUDA provider did not start: ${(error as Error).message}`, {
      help: 'Check the driver and the CUDA libraries (ldd on libonnxruntime_providers_cuda.so), or use --provider cpu.',
    })
  }
}

function onCpu(graph: Uint8Array): UserError {
  const nodes = leftToCpu(graph)?.join(', ') ?? 'which ones is not known'
  return new UserError('ProviderError', `CUDA would leave nodes of a graph to the CPU: ${nodes}`, {
    help: 'Each of them copies its operands over the bus in every step. Compile with --target cuda, or use --provider cpu.',
  })
}

/** The CUDA provider is two libraries that npm does not install. */
function requireCuda(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new UserError(
      'ProviderError',
      `onnxruntime-node has no CUDA provider for ${process.platform}/${process.arch}`,
      {
        help: 'Use Linux on x64, or --provider cpu.',
      },
    )
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const folder = join(root, 'bin', 'napi-v6', 'linux', 'x64')
  const files = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so']
  const missing = files.filter((file) => !isThere(join(folder, file)))
  if (missing.length > 0)
    throw new UserError(
      'ProviderError',
      `the CUDA provider is not installed: ${missing.join(' and ')} missing in ${folder}`,
      {
        help: `Install it: ${INSTALL}`,
      },
    )
}
