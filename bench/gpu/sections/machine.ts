import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { onnxruntimeVersion } from '../../../runtime/onnxruntime/find.ts'
import { environment, describeEnvironment } from '../../environment.ts'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

/** By the fields of `nvidia-smi --query-gpu`. */
const fields = {
  name: 'GPU',
  driver_version: 'driver',
  'memory.total': 'memory',
  'memory.used': 'memory in use before',
  compute_cap: 'compute capability',
  'pcie.link.gen.max': 'PCIe generation',
  'pcie.link.width.max': 'PCIe lanes',
  'clocks.max.sm': 'highest clock',
  'mig.mode.current': 'MIG',
} as const

const query = 'import torch; print(torch.__version__, torch.version.cuda, torch.backends.cudnn.version())'

const saidBy = (command: string, ...words: string[]): string | undefined => {
  const { status, stdout } = spawnSync(command, words, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Each is asked for by itself: a driver that does not know one refuses all. */
function gpu(): Record<string, string> {
  const facts: Record<string, string> = {}
  for (const [field, name] of Object.entries(fields)) {
    const said = saidBy('nvidia-smi', `--query-gpu=${field}`, '--format=csv,noheader', '-i', '0')
    if (said !== undefined) facts[name] = said
  }
  return Object.keys(facts).length > 0 ? facts : { GPU: 'nvidia-smi does not tell' }
}

/** What the machine is, and which versions of what compute on it. */
export async function machine({ python, provider, threads }: Surroundings, tell: Tell): Promise<void> {
  const conditions = environment({ threads: null, ompWait: '', allocator: 'own' }, [])
  const onnxruntime = onnxruntimeVersion()
  const torch = saidBy(python, '-c', query)
  await tell({
    kind: 'machine',
    facts: {
      ...gpu(),
      cpu: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
      'memory of the machine': `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
      'Node.js': process.versions.node,
      'onnxruntime-node': onnxruntime,
      provider,
      'PyTorch, its CUDA, its cuDNN': torch ?? `${python} has none`,
      'threads of an operation on the CPU': String(threads),
    },
    conditions: describeEnvironment({
      ...conditions,
      versions: { ...conditions.versions, 'onnxruntime-node': onnxruntime },
    }),
    date: conditions.date,
    commit: conditions.commit,
  })
}
