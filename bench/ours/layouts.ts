import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Pipeline } from '../../runtime/workers/pipeline/pipeline.ts'
import { Shards } from '../../runtime/workers/shards/shards.ts'
import { Trainer, type TrainerOptions, type Training } from '../../runtime/train/trainer.ts'
import { DEFAULT_AHEAD } from '../../runtime/train/train.ts'
import { SEED } from '../seed.ts'
import type { Entrant } from '../harness.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'

/** How the cores are shared out. */
export interface Layout {
  readonly workers: number
  /** Of each worker. */
  readonly threads: number
  /** What each worker does: some of the layers, the default, or all of them for some of the images. */
  readonly by?: 'layers' | 'shards'
  /** How many cores the whole process has, which then prepare the batches as well; default: all. */
  readonly cores?: number
}

export const layoutName = ({ workers, threads, by = 'layers', cores }: Layout): string =>
  `${workers} × ${threads}${by === 'shards' ? ' by shards' : ''}${cores === undefined ? '' : ` on ${cores === 1 ? 'one core' : `${cores} cores`}`}`

/** The cores that this process may use, as Linux lists them: `0-1,4`. */
export const allowedCores = (): string =>
  /Cpus_allowed_list:\s+(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'

/** Lets all threads of this process run on these cores only; Linux's own tool does it. */
const runOn = (cores: string): void =>
  void execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(process.pid)], {
    stdio: 'ignore',
  })

/** `0-1,4` as single cores. */
export const coresIn = (list: string): number[] =>
  list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })

/** The same on the first of the cores, all of which may be used again afterwards. */
const onFirst =
  (count: number, run: Entrant['run']): Entrant['run'] =>
  async (steps) => {
    const all = allowedCores()
    runOn(coresIn(all).slice(0, count).join(','))
    try {
      return await run(steps)
    } finally {
      runOn(all)
    }
  }

export interface OpenLayout extends Entrant {
  /** Which graphs each worker runs; of one worker, all. */
  readonly groups: readonly (readonly string[])[]
  readonly release: () => Promise<void>
}

/** Steps at the beginning and at the end of a turn in which a pipeline fills and empties: done, but not timed. */
const margin = ({ workers }: Layout): number => workers

const UNENDING = 1_000_000

function trainingBy(
  { workers, by = 'layers' }: Layout,
  options: TrainerOptions,
): Promise<Training & { readonly groups?: OpenLayout['groups'] }> {
  if (workers === 1) return Trainer.create(options)
  return by === 'shards' ? Shards.create(options, { workers }) : Pipeline.create(options, workers)
}

/** Training as `hebb train` does it, batches prepared ahead included. */
export async function openLayout(bundle: Bundle, dataset: Dataset, layout: Layout): Promise<OpenLayout> {
  const { threads } = layout
  const options: TrainerOptions = {
    bundle,
    dataset,
    seed: SEED,
    totalSteps: UNENDING,
    threads,
    prepareAhead: DEFAULT_AHEAD,
  }
  const training = await trainingBy(layout, options)
  let from = 0
  const run = async (count: number) => {
    const start = from + margin(layout)
    const end = start + count
    const to = end + margin(layout)
    const values: number[][] = []
    let [began, ended] = [NaN, NaN]
    for await (const { step, losses } of training.run({ from, to })) {
      values.push(Object.values(losses))
      if (step === start) began = performance.now()
      if (step === end) ended = performance.now()
    }
    from = to
    return { milliseconds: ended - began, values }
  }
  const groups = training.groups ?? [bundle.manifest.train.schedule.map(({ graph }) => graph)]
  return {
    name: layoutName(layout),
    run: layout.cores === undefined ? run : onFirst(layout.cores, run),
    groups,
    release: () => training.release(),
  }
}
