import { join } from 'node:path'
import { lossesOf } from '../../src/bundle/scalars.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { learningRate } from '../../runtime/batches/rate.ts'
import { readSafetensors } from '../../runtime/files/safetensors.ts'
import { Stepper, type StepInputs } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { startOf } from '../../runtime/values/start.ts'
import { SEED } from '../seed.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { SessionOptions } from '../../runtime/session/options.ts'
import type { StepCase } from '../case.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

export interface OpenStep {
  /** Losses of so many steps more; `most` of them, or as many as the bundle says, in one run of the graphs. */
  readonly run: (count: number, most?: number) => Promise<number[][]>
  /** Milliseconds in each graph so far, all its runs together. */
  readonly graphMilliseconds: Map<string, number>
  readonly release: () => Promise<void>
}

/**
 * Training steps of a compiled bundle as `hebb train` runs them, on batches that are there already.
 *
 * @param name of the bundle in the folder
 * @param of its steps as they are, or dealt to shards, which are then done in turn
 */
export async function openStep(
  folder: string,
  { batches }: Pick<StepCase, 'batches'>,
  session: SessionOptions,
  name = 'bundle',
  of: 'train' | 'sharded' = 'train',
): Promise<OpenStep> {
  const bundle = loadBundle(join(folder, name))
  const { [of]: train, program } = bundle.manifest
  if (!train) throw new Error(`${folder} has no steps of shards`)
  const { tensors: values } = readSafetensors(join(folder, 'values.safetensors'))
  const stepper = await Stepper.create(bundle, train, startOf(train, SEED, values), session)
  const given = givenSteps(folder, train, batches)
  const shown = lossesOf(train.graphs)
  const losses = program.layers.flatMap(({ name }) =>
    shown.filter(({ layer }) => layer === name).map((loss) => loss.name),
  )
  let done = 0
  const inputsOf = (step: number): StepInputs => stepper.pick(given(step))
  const run = async (count: number, most = train.stepsPerRun) => {
    const values: number[][] = []
    while (values.length < count) {
      const steps = Math.min(most, count - values.length)
      const results = await stepper.run(Array.from({ length: steps }, (_, i) => inputsOf(done + i)))
      done += steps
      values.push(...results.map((result) => losses.map((name) => result.losses[name] ?? NaN)))
    }
    return values
  }
  return { run, graphMilliseconds: stepper.graphMilliseconds, release: () => stepper.release() }
}

/** The rate of step number `step`. */
export const rateOf = ({ rate }: Section, step: number): number =>
  rate ? learningRate(rate, step, Infinity) : 0

/** What step number `step` is given, from the batches of a folder, which are shown in turn. */
export function givenSteps(folder: string, train: Section, batches: number): (step: number) => StepInputs {
  const given = batchInputs(readSafetensors(join(folder, 'batches.safetensors')).tensors, batches)
  return (step) => ({ ...inputsByRole(train, counters(step, rateOf(train, step))), ...given[step % batches] })
}

/** Tensors called `INDEX/NAME`, by index. */
const batchInputs = (tensors: ReadonlyMap<string, HostTensor>, batches: number): StepInputs[] =>
  Array.from({ length: batches }, (_, index) =>
    Object.fromEntries(
      [...tensors].flatMap(([name, value]) =>
        name.startsWith(`${index}/`) ? [[name.slice(`${index}/`.length), value]] : [],
      ),
    ),
  )
