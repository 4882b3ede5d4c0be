import { join } from 'node:path'
import { lossesOf } from '../../src/bundle/scalars.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { learningRate } from '../../runtime/batches/rate.ts'
import { readSafetensors } from '../../runtime/files/safetensors.ts'
import { Stepper, type StepInputs } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { startOf } from '../../runtime/values/start.ts'
import { SEED } from '../seed.ts'
import type { StepCase } from '../case.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

export interface OpenStep {
  /** Losses of so many steps more. */
  readonly run: (count: number) => Promise<number[][]>
  readonly release: () => Promise<void>
}

/** Training steps of a compiled bundle as `hebb train` runs them, on batches that are there already. */
export async function openStep(
  folder: string,
  { batches }: Pick<StepCase, 'batches'>,
  threads: number,
  profile?: string,
): Promise<OpenStep> {
  const bundle = loadBundle(join(folder, 'bundle'))
  const { train, program } = bundle.manifest
  const stepper = await Stepper.create(bundle, train, startOf(train, SEED), { threads, profile })
  const given = batchInputs(readSafetensors(join(folder, 'batches.safetensors')).tensors, batches)
  const shown = lossesOf(train.graphs)
  const losses = program.layers.flatMap(({ name }) =>
    shown.filter(({ layer }) => layer === name).map((loss) => loss.name),
  )
  let done = 0
  const step = async (): Promise<number[]> => {
    const rate = train.rate ? learningRate(train.rate, done, Infinity) : 0
    const inputs = { ...inputsByRole(train, counters(done, rate)), ...given[done % batches] }
    const [result] = await stepper.run([inputs])
    done++
    return losses.map((name) => result?.losses[name] ?? NaN)
  }
  const run = async (count: number) => {
    const values: number[][] = []
    for (let i = 0; i < count; i++) values.push(await step())
    return values
  }
  return { run, release: () => stepper.release() }
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
