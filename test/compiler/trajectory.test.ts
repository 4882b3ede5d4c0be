import { describe, expect, test } from 'vitest'
import { compile } from '../../src/index.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { elements, type HostTensor } from '../../runtime/values/tensor.ts'
import { authorsName, readReference } from '../support/reference.ts'
import { relativeError } from '../support/samples.ts'

/** Eight steps of AdamW from the authors' start, on the authors' batches, run as a bundle by the runtime. */

const numbers = (data: ArrayLike<number | bigint>): number[] => Array.from(data, Number)

describe.each([
  ['float64', 1e-9],
  ['float32', 1e-4],
] as const)('in %s within %d', (dtype, bound) => {
  test.each([
    ['trajectory-clapp-spatial', false],
    ['trajectory-clapp-spatial', true],
    ['trajectory-bp-clapp', false],
  ] as const)("%s (fused: %s) follows the authors' losses to their final parameters", async (name, fused) => {
    const { program, tensor, steps } = readReference(name, dtype)
    const bundle = compile(program, { fused })
    const { train } = bundle.manifest
    const isGlobal = program.learn.name === 'global'
    const typed = (shape: readonly number[], values: number[]): HostTensor => ({
      type: dtype,
      shape,
      data: dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values),
    })
    const values = initialValues(train, 0)
    for (const { name, shape } of train.parameters)
      values.set(name, typed(shape, numbers(tensor(`param.${authorsName(name, isGlobal)}`).data)))
    const stepper = await Stepper.create(bundle, train, values, { threads: 1 })

    const at = (wanted: string, step: number) => {
      const { shape, data } = tensor(wanted)
      const size = elements(shape.slice(1))
      return numbers(data.slice(step * size, (step + 1) * size))
    }
    const { batch, input } = program
    for (let step = 0; step < steps; step++) {
      const rows = [...at('input.view1', step), ...at('input.view2', step)]
      const [result] = await stepper.run([
        {
          views: typed([2 * batch, input.channels, input.height, input.width], rows),
          negatives: {
            type: 'int64',
            shape: [1, 2 * batch],
            data: BigInt64Array.from(at('input.negatives', step), BigInt),
          },
          learning_rate: { type: 'float64', shape: [], data: Float64Array.of(train.rate?.lr ?? NaN) },
          step: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step + 1)) },
        },
      ])
      const losses = train.graphs.flatMap(({ outputs }) =>
        outputs.flatMap(({ role, name }) => (role === 'loss' ? (result?.losses[name] ?? NaN) : [])),
      )
      expect(relativeError(losses, at('loss', step)), `losses of step ${step + 1}`).toBeLessThan(bound)
    }
    for (const { name } of train.parameters) {
      const wanted = numbers(tensor(`final.${authorsName(name, isGlobal)}`).data)
      expect(relativeError(numbers(stepper.value(name).data), wanted), name).toBeLessThan(bound)
    }
    await stepper.release()
  })
})
