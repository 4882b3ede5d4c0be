import { BatchSource, type SourceOptions } from '../../batches/batch-source.ts'
import { counters, inputsByRole } from '../../batches/batch-inputs.ts'
import { readsLabels } from '../../batches/check-dataset.ts'
import { drawTensor } from '../../batches/draws.ts'
import { stepNumbers } from '../../batches/step-numbers.ts'
import { makesViews, readsViews } from '../../../src/bundle/makes-views.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { StepInputs } from '../../train/stepper.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** What a group prepares itself: of a batch what its own graphs read, and no more. */
export interface GroupInputs {
  readonly prepare: (step: number) => Promise<StepInputs>
  readonly release: () => Promise<void>
}

/** Whether a group's graphs read anything of the data set: layers higher up may need none. */
export const readsData = (section: Section): boolean =>
  makesViews(section) || readsViews(section) || readsLabels(section)

interface InputOptions extends Omit<SourceOptions, 'dataset'> {
  readonly section: Section
  /** Of groups that read none, nothing is asked of it. */
  readonly dataset: Dataset | undefined
}

export async function openInputs({ section, dataset, ...options }: InputOptions): Promise<GroupInputs> {
  const { bundle, seed, totalSteps } = options
  if (dataset) {
    const manifest = { ...bundle.manifest, train: section }
    return BatchSource.create({ ...options, dataset, bundle: { ...bundle, manifest } })
  }
  const prepare = (step: number): Promise<StepInputs> => {
    const { rate, average } = stepNumbers(section, step, totalSteps)
    const drawn = section.draws.map((draw) => [draw.name, drawTensor(draw, seed, step)])
    return Promise.resolve({
      ...inputsByRole(section, counters(step, rate, average)),
      ...Object.fromEntries(drawn),
    })
  }
  return { prepare, release: () => Promise.resolve() }
}
