import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import { z } from 'zod'
import { version } from '../src/base/version.ts'
import type { Allocator } from './allocators.ts'
import { pageCost } from './page-cost.ts'
import { median, spread, type Spread } from './statistics.ts'
import { showMicroseconds } from './units.ts'

/** Where and with what figures were made; it stands beside them. */
export interface Environment {
  /** Day of the measurement, UTC. */
  readonly date: string
  /** What was measured: the last commit, and whether files differed from it. */
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  /** Of each side; null where sides differ in it. */
  readonly threads: number | null
  readonly versions: Readonly<Record<string, string>>
  /** OMP_WAIT_POLICY of the PyTorch process, whether its threads spin while they wait; '' if not set. */
  readonly ompWait: string
  /** Of the PyTorch process; own where a table names several. */
  readonly allocator: Allocator
  /** Microseconds of a page of 4 KB that is used for the first time; null where only ours is measured, which keeps its pages. */
  readonly pageCost: number | null
  /** Median share of the cores that other processes took, 0..1; null where that changes nothing. */
  readonly busy: number | null
  /** Microseconds of a word between two cores and back, over all rounds; null where there are none. */
  readonly handOver: Spread | null
}

const packageVersion = (name: string): string => {
  const require = createRequire(import.meta.url)
  return z.object({ version: z.string() }).parse(require(`${name}/package.json`)).version
}

/** The last commit, and whether what measures or is measured differs from it. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    // What benchmarks write themselves does not count as a difference.
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      'src',
      'rules',
      'runtime',
      'bench/*.ts',
      'reproduction/*.ts',
    )
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' with changes')
  } catch {
    return 'unknown'
  }
}

/** As measuring began: a checkout may go on while it lasts. */
export const began = commit()

/** What one case tells of the conditions under which it was measured. */
export interface Conditions {
  readonly peer: Readonly<Record<string, string>>
  /** Left out where the load does not matter. */
  readonly busy?: number
  readonly handOver?: readonly number[]
}

const load = (conditions: readonly Conditions[]): number | null => {
  const loads = conditions.flatMap(({ busy }) => busy ?? [])
  return loads.length === 0 ? null : Math.round(100 * median(loads)) / 100
}

function handOvers(conditions: readonly Conditions[]): Spread | null {
  const all = conditions.flatMap(({ handOver = [] }) => handOver)
  return all.length === 0 ? null : spread(all)
}

export const environment = (
  { threads, ompWait, allocator }: Pick<Environment, 'threads' | 'ompWait' | 'allocator'>,
  conditions: readonly Conditions[],
): Environment => ({
  date: new Date().toISOString().slice(0, 10),
  commit: began,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  threads,
  versions: {
    hebb: version,
    node: process.versions.node,
    'onnxruntime-node': packageVersion('onnxruntime-node'),
    ...conditions[0]?.peer,
  },
  ompWait,
  allocator,
  pageCost: conditions.some(({ peer }) => 'torch' in peer) ? Math.round(100 * pageCost()) / 100 : null,
  busy: load(conditions),
  handOver: handOvers(conditions),
})

/** One or two lines of Markdown that tell it all. */
export function describeEnvironment({
  date,
  commit,
  cpu,
  cores,
  threads,
  versions,
  ompWait,
  allocator,
  pageCost,
  busy,
  handOver,
}: Environment): string {
  const listed = Object.entries(versions).map(([name, number]) => `${name} ${number}`)
  const waiting = ompWait === '' ? '' : ` PyTorch with OMP_WAIT_POLICY=${ompWait}.`
  const allocating = {
    own: '',
    ours: ' PyTorch with our allocator settings.',
    jemalloc: ' PyTorch with jemalloc.',
  }[allocator]
  const page = pageCost === null ? '' : ` A fresh page of memory took ${pageCost.toFixed(1)} µs.`
  const each = threads === null ? '' : `, ${threads} threads each`
  const conditions = `${date}, commit ${commit}; ${cpu}, ${cores} cores${each}; ${listed.join(', ')}.${waiting}${allocating}${page}`
  if (busy === null) return conditions
  const apart = handOver ? ` A word went between the cores and back in ${showMicroseconds(handOver)}.` : ''
  const warning = busy > 0.1 ? ': **noisy, only for orientation.**' : '.'
  return `${conditions} Other processes kept the cores ${Math.round(100 * busy)} % busy meanwhile${warning}${apart}`
}
