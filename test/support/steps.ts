import { compile, type Program } from '../../src/index.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { initialValues } from '../../runtime/values/start.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** Parameters and states after some steps on the same rows, at the program's constant rate. */
export async function runSteps(
  program: Program,
  steps: number,
  rows: readonly number[],
): Promise<Map<string, HostTensor>> {
  const bundle = compile(program)
  const { train } = bundle.manifest
  const stepper = await Stepper.create(bundle, train, initialValues(train, 0), { threads: 1 })
  const inputs = train.graphs.flatMap((graph) => graph.inputs)
  const { type, shape } = inputs.find(({ role }) => role === 'views') ?? {
    type: 'float64' as const,
    shape: [],
  }
  const views = { type, shape, data: type === 'float64' ? Float64Array.from(rows) : Float32Array.from(rows) }
  for (let step = 0; step < steps; step++) {
    const given = inputsByRole(train, counters(step, train.rate?.lr ?? 0))
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    await stepper.run([{ views, ...given, ...Object.fromEntries(draws) }])
  }
  const values = stepper.values()
  await stepper.release()
  return values
}
