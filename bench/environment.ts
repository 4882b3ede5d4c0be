import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import { z } from 'zod'
import { version } from '../src/version.ts'

/** Where and with what figures were made; it stands beside them. */
export const environmentSchema = z.strictObject({
  /** Day of the measurement, UTC. */
  date: z.string(),
  /** What was measured: the last commit, and whether files differed from it. */
  commit: z.string(),
  cpu: z.string(),
  cores: z.int(),
  threads: z.int(),
  versions: z.record(z.string(), z.string()),
  /** OMP_WAIT_POLICY of the PyTorch process: whether its threads spin while they wait. */
  ompWait: z.string(),
  /** Median share of the cores that other processes took, 0..1. */
  busy: z.number(),
})
export type Environment = z.infer<typeof environmentSchema>

const packageVersion = (name: string): string => {
  const require = createRequire(import.meta.url)
  return z.object({ version: z.string() }).parse(require(`${name}/package.json`)).version
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    // What benchmarks write themselves does not count as a difference.
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'rules', 'runtime', 'bench/*.ts')
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' with changes')
  } catch {
    return 'unknown'
  }
}

export interface Measured {
  readonly threads: number
  readonly peer: Readonly<Record<string, string>>
  readonly ompWait: string
  readonly busy: number
}

export const environment = ({ threads, peer, ompWait, busy }: Measured): Environment => ({
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  threads,
  versions: {
    hebb: version,
    node: process.versions.node,
    'onnxruntime-node': packageVersion('onnxruntime-node'),
    ...peer,
  },
  ompWait,
  busy: Math.round(100 * busy) / 100,
})

/** One or two lines of Markdown that tell it all. */
export function describeEnvironment({ date, commit, cpu, cores, threads, versions, ompWait, busy }: Environment): string {
  const listed = Object.entries(versions).map(([name, number]) => `${name} ${number}`)
  const waiting = ompWait === '' ? '' : ` PyTorch with OMP_WAIT_POLICY=${ompWait}.`
  const load = `Other processes kept the cores ${Math.round(100 * busy)} % busy meanwhile`
  const warning = busy > 0.1 ? ': **noisy, only for orientation.**' : '.'
  return `${date}, commit ${commit}; ${cpu}, ${cores} cores, ${threads} threads each; ${listed.join(', ')}.${waiting} ${load}${warning}`
}
