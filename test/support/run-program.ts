import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { labelTensor } from '../../runtime/batches/rows.ts'
import { stepNumbers } from '../../runtime/batches/step-numbers.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { Stepper, type StepInputs, type StepResults } from '../../runtime/train/stepper.ts'
import { elements, type HostTensor } from '../../runtime/values/tensor.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { normals } from './samples.ts'
import { emulatedGraphs } from './emulate-float16.ts'
import { trainingGraphs } from './steps.ts'
import type { CompileOptions, Program } from '../../src/index.ts'

export interface RunResult {
  /** One after the other, step by step, each step's in the order of their names. */
  readonly losses: readonly number[]
  /** What rules log, step by step. */
  readonly log: readonly StepResults['log'][]
  /** Parameters and states after the last step. */
  readonly values: ReadonlyMap<string, readonly number[]>
}

export interface RunOptions extends CompileOptions {
  readonly steps?: number
  readonly stepsPerRun?: number
  /** Whether float16 is rounded as on a GPU. */
  readonly emulate?: boolean
}

/** A few steps of a program on random views with labels 0, 1, 2, 0, …, at rate 0.01. */
export async function runProgram(
  program: Program,
  { steps = 4, stepsPerRun = 1, emulate = false, ...options }: RunOptions = {},
): Promise<RunResult> {
  const { bundle: compiled, train } = trainingGraphs(program, { ...options, stepsPerRun })
  const bundle = emulate ? emulatedGraphs(compiled) : compiled
  const stepper = await Stepper.create(bundle, train, initialValues(train, 3), { threads: 1 })
  const inputs = train.graphs.flatMap(({ inputs }) => inputs)
  const shape = inputs.find(({ role }) => role === 'views')?.shape ?? []
  const batches = Array.from({ length: steps }, (_, step): StepInputs => {
    const rows = normals(elements(shape), 20 + step)
    const views: HostTensor = {
      type: program.dtype,
      shape,
      data: program.dtype === 'float64' ? rows : Float32Array.from(rows),
    }
    const draws = Object.fromEntries(train.draws.map((draw) => [draw.name, drawTensor(draw, 5, step)]))
    const labels = labelTensor(Uint32Array.from({ length: train.batch }, (_, i) => i % 3))
    const given = inputsByRole(train, {
      labels,
      ...counters(step, 0.01, stepNumbers(train, step, steps).average),
    })
    return { views, ...draws, ...given }
  })
  const losses: number[] = []
  const log: StepResults['log'][] = []
  for (let step = 0; step < steps; step += stepsPerRun)
    for (const result of await stepper.run(batches.slice(step, step + stepsPerRun))) {
      const named = Object.entries(result.losses).sort(([a], [b]) => a.localeCompare(b))
      losses.push(...named.map(([, loss]) => loss))
      log.push(result.log)
    }
  const values = [...stepper.values()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { data }]) => [name, Array.from(data, Number)] as const)
  await stepper.release()
  return { losses, log, values: new Map(values) }
}
