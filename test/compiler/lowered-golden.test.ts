import { expect, test } from 'vitest'
import { compile, conv, layer, local, maxPool, program, relu, sgd } from '../../src/index.ts'
import { clappPlusPlus } from '../../rules/index.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { expectGolden } from '../support/golden.ts'
import { normals, relativeError } from '../support/samples.ts'
import type { CompileOptions } from '../../src/index.ts'

/** One small program in the form for the CPU, word by word, and step by step beside the portable one. */

const small = program({
  name: 'small',
  input: { channels: 1, size: 8 },
  batch: 2,
  encoder: [layer('conv1', conv(2), relu(), maxPool(2)), layer('conv2', conv(3), relu())],
  learn: local(clappPlusPlus(2)),
  optimizer: sgd({ lr: 0.1, momentum: 0.9 }),
})
const forced: CompileOptions = { lowering: { conv1: 'columns', conv2: 'winograd4' } }

test('the graph of a layer: pooling before bias and ReLU, activity and gradients as rows', () => {
  const { manifest, files } = compile(small, forced)
  for (const { name, file } of manifest.train.graphs) {
    const bytes = files.get(file)
    if (!bytes) throw new Error(`no file ${file}`)
    const text = modelText(decodeModel(bytes)).replace(/( {2}# .*?):\d+:\d+$/gm, '$1')
    expectGolden(`lowered/${name}.txt`, text)
  }
  const [activity] = manifest.train.graphs.flatMap(({ outputs }) =>
    outputs.filter(({ role }) => role === 'activity'),
  )
  expect(activity).toMatchObject({ name: 'conv1.out', layout: 'pixel-major', shape: [16, 4, 2] })
})

async function steps(options: CompileOptions): Promise<number[]> {
  const bundle = compile(small, options)
  const { train } = bundle.manifest
  const stepper = await Stepper.create(bundle, train, initialValues(train, 3), { threads: 1 })
  const seen: number[] = []
  for (let step = 0; step < 5; step++) {
    const draws = Object.fromEntries(train.draws.map((draw) => [draw.name, drawTensor(draw, 5, step)]))
    const views = {
      type: 'float32' as const,
      shape: [4, 1, 8, 8],
      data: Float32Array.from(normals(256, step)),
    }
    const learning_rate = { type: 'float64' as const, shape: [], data: Float64Array.of(0.1) }
    const [result] = await stepper.run([{ views, learning_rate, ...draws }])
    const losses = Object.entries(result?.losses ?? {}).sort(([a], [b]) => a.localeCompare(b))
    seen.push(...losses.map(([, loss]) => loss))
  }
  const values = [...stepper.values()].sort(([a], [b]) => a.localeCompare(b))
  seen.push(...values.flatMap(([, { data }]) => Array.from(data, Number)))
  await stepper.release()
  return seen
}

test('five steps of both forms agree to rounding, apart and fused', async () => {
  const portable = await steps({ target: 'portable' })
  expect(portable.length).toBeGreaterThan(100)
  expect(relativeError(await steps(forced), portable)).toBeLessThan(1e-5)
  expect(relativeError(await steps({ ...forced, fused: true }), portable)).toBeLessThan(1e-5)
})
