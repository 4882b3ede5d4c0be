import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as web from 'onnxruntime-web'
import { describe, expect, test } from 'vitest'
import { readSafetensors } from '../runtime/files/safetensors.ts'
import { onnxruntime } from '../runtime/session/onnxruntime.ts'
import { stream } from '../runtime/values/random.ts'
import { newFolder, write } from './cli/run-hebb.ts'
import { stepsOf } from './support/document.ts'
import { absent, likeClone, shellWithoutNpx } from './support/shell.ts'

const { InferenceSession, Tensor } = onnxruntime()

/** docs/export.md is true: what it says is done in its order, and one encoder gives the same features wherever it runs. */

const text = readFileSync(new URL('../docs/export.md', import.meta.url), 'utf8')
const folder = newFolder()
likeClone(folder)

const missing = absent('sh', 'npx')
const title = `docs/export.md${missing.length > 0 ? `, which needs ${missing.join(', ')}` : ''}`

/** Relative to the largest of them. */
const SAME = 1e-6

const batches = [1, 3, 128]
const random = stream(1, 'images to be encoded')
const pixels = Uint8Array.from({ length: 128 * 28 * 28 }, () => random.integer(256))
/** As the program's mean and deviation make them of pixels. */
const normalised = Float32Array.from(pixels, (byte) => (byte / 255 - 0.286) / 0.353)

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  const largest = Math.max(...Array.from(b, Math.abs))
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN)))) / largest
}

/** `features` of the first images, in onnxruntime-node. */
async function features(file: string, count: number): Promise<Float32Array> {
  const session = await InferenceSession.create(readFileSync(join(folder, file)))
  const shape = [count, 1, 28, 28]
  const results = await session.run(
    file === 'pixels.onnx'
      ? { images: new Tensor('uint8', pixels.slice(0, count * 784), shape) }
      : { normalised: new Tensor('float32', normalised.slice(0, count * 784), shape) },
  )
  await session.release()
  return results.features?.data as Float32Array
}

const python = process.env.HEBB_PYTHON ?? 'python3'
const has = (...modules: string[]) =>
  spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0
    ? ''
    : ` (skipped: ${python} lacks one of ${modules.join(', ')}; name one that has them in HEBB_PYTHON)`
const noTorch = has('torch', 'numpy', 'safetensors')
const noOnnx = has('onnx', 'onnxruntime', 'numpy')
const noNumpy = has('numpy')

function inPython(script: string): unknown {
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { cwd: folder, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

describe.skipIf(missing.length > 0)(title, () => {
  for (const step of stepsOf(text))
    if (step.kind === 'command')
      test(`line ${step.line}: ${step.command}`, { timeout: 180_000 }, async () => {
        const { code, stderr } = await shellWithoutNpx(step.command, folder)
        expect(code, stderr).toBe(0)
      })
    else
      test(`line ${step.line}: ${step.name}`, () => {
        write(folder, step.name, step.text)
      })

  test('a frozen layer leaves as it came, and has counted no batches', () => {
    const [came, left] = ['encoder', 'top'].map(
      (name) => readSafetensors(join(folder, `${name}.safetensors`)).tensors,
    )
    const names = [...(left?.keys() ?? [])].filter((name) => name.startsWith('conv1'))
    expect(names).toHaveLength(6)
    for (const name of names)
      if (name.endsWith('tracked')) expect(left?.get(name)?.data).toEqual(BigInt64Array.of(0n))
      else expect(left?.get(name)).toEqual(came?.get(name))
  })

  test.each(batches)('the model and the one that takes bytes give the same for %i images', async (count) => {
    const [own, fromPixels] = [await features('encoder.onnx', count), await features('pixels.onnx', count)]
    expect(own).toHaveLength(count * 8)
    expect(distance(fromPixels, own)).toBeLessThanOrEqual(SAME)
    // Each image alone is as it is among others.
    const [first] = [await features('encoder.onnx', 1)]
    expect(distance(own.subarray(0, 8), first)).toBeLessThanOrEqual(SAME)
  })

  test('features are the same in onnxruntime-web', async () => {
    web.env.wasm.numThreads = 1
    const session = await web.InferenceSession.create(readFileSync(join(folder, 'pixels.onnx')))
    for (const count of batches) {
      const images = new web.Tensor('uint8', pixels.slice(0, count * 784), [count, 1, 28, 28])
      const results = await session.run({ images })
      expect(results['conv1.maps']?.dims).toEqual([count, 8, 14, 14])
      const found = results.features?.data as Float32Array
      expect(distance(found, await features('pixels.onnx', count))).toBeLessThanOrEqual(SAME)
    }
  })

  test.skipIf(noTorch !== '')(`features are the same in PyTorch${noTorch}`, async () => {
    writeFileSync(join(folder, 'normalised.bin'), new Uint8Array(normalised.buffer))
    const script = [
      'import json, numpy, torch',
      'from encoder import encoder',
      "x = torch.from_numpy(numpy.fromfile('normalised.bin', dtype='<f4').reshape(-1, 1, 28, 28))",
      'print(json.dumps(encoder(x).detach().flatten().tolist()))',
    ]
    const found = inPython(script.join('\n')) as number[]
    expect(distance(found, await features('encoder.onnx', 128))).toBeLessThanOrEqual(SAME)
  })

  test.skipIf(noOnnx !== '')(`models are sound, and the same in Python${noOnnx}`, async () => {
    writeFileSync(join(folder, 'pixels.bin'), pixels)
    const script = [
      'import json, numpy, onnx, onnxruntime',
      "for name in ['encoder.onnx', 'pixels.onnx']: onnx.checker.check_model(onnx.load(name), full_check=True)",
      "x = numpy.fromfile('pixels.bin', dtype='u1').reshape(-1, 1, 28, 28)",
      "session = onnxruntime.InferenceSession('pixels.onnx', providers=['CPUExecutionProvider'])",
      "print(json.dumps(session.run(['features'], {'images': x})[0].flatten().tolist()))",
    ]
    const found = inPython(script.join('\n')) as number[]
    expect(distance(found, await features('pixels.onnx', 128))).toBeLessThanOrEqual(SAME)
  })

  test.skipIf(noNumpy !== '')(`arrays are as numpy reads them${noNumpy}`, () => {
    const script = [
      'import json, numpy',
      "arrays = numpy.load('test.npz')",
      'told = {name: [str(array.dtype), list(array.shape)] for name, array in arrays.items()}',
      "print(json.dumps([told, arrays['labels'][:5].tolist()]))",
    ]
    expect(inPython(script.join('\n'))).toEqual([
      { conv1: ['float32', [1000, 8]], block: ['float32', [1000, 8]], labels: ['int64', [1000]] },
      [9, 2, 1, 1, 6],
    ])
  })
})
