import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Pipeline } from '../../runtime/workers/pipeline/pipeline.ts'
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
  /** Whether the whole process has one core, which then prepares the batches as well. */
  readonly oneCore?: true
}

export const layoutName = ({ workers, threads, oneCore }: Layout): string =>
  `${workers} × ${threads}${oneCore ? ' on one core' : ''}`

/** The cores that this process may use, as Linux lists them: `0-1,4`. */
export const allowedCores = (): string =>
  /Cpus_allowed_list:\s+(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'

/** Lets all threads of this process run on these cores only; Linux's own tool does it. */
const runOn = (cores: string): void =>
  void execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(process.pid)], {
    stdio: 'ignore',
  })

/** The same on the first of the cores, all of which may be used again afterwards. */
const onOneCore =
  (run: Entrant['run']): Entrant['run'] =>
  async (count) => {
    const all = allowedCores()
    runOn(/^\d+/.exec(all)?.[0] ?? all)
    try {
      return await run(count)
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

/** Training as `hebb train` does it, batches prepared ahead included. */
export async function openLayout(bundle: Bundle, dataset: Dataset, layout: Layout): Promise<OpenLayout> {
  const { workers, threads } = layout
  const options: TrainerOptions = {
    bundle,
    dataset,
    seed: SEED,
    totalSteps: UNENDING,
    threads,
    prepareAhead: DEFAULT_AHEAD,
  }
  const training: Training & { readonly groups?: OpenLayout['groups'] } =
    workers > 1 ? await Pipeline.create(options, workers) : await Trainer.create(options)
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
    run: layout.oneCore ? onOneCore(run) : run,
    groups,
    release: () => training.release(),
  }
}
