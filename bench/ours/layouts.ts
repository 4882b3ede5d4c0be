import { Pipeline } from '../../runtime/pipeline/pipeline.ts'
import { Trainer, type TrainerOptions, type Training } from '../../runtime/trainer.ts'
import { DEFAULT_AHEAD } from '../../runtime/train.ts'
import { SEED } from '../seed.ts'
import type { Entrant } from '../harness.ts'
import type { LoadedBundle } from '../../runtime/bundle.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'

/** How the cores are shared out. */
export interface Layout {
  readonly workers: number
  /** Of each worker. */
  readonly threads: number
}

export const layoutName = ({ workers, threads }: Layout): string => `${workers} × ${threads}`

export interface OpenLayout extends Entrant {
  /** Which graphs each worker runs; of one worker, all. */
  readonly groups: readonly (readonly string[])[]
  readonly release: () => Promise<void>
}

/** Steps at the beginning and at the end of a turn in which a pipeline fills and empties: done, but not timed. */
const margin = ({ workers }: Layout): number => workers

const UNENDING = 1_000_000

/** Training as `hebb train` does it, batches prepared ahead included. */
export async function openLayout(
  bundle: LoadedBundle,
  dataset: Dataset,
  layout: Layout,
): Promise<OpenLayout> {
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
  return { name: layoutName(layout), run, groups, release: () => training.release() }
}
