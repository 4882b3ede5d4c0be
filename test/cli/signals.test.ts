import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { bytesOf, labelsNpy, npy, npz } from '../support/npy.ts'
import { hebb, newFolder, write } from './run-hebb.ts'

/** Signals of two channels in an archive of NumPy: trained on, probed, gone on with, and drawn. */

const folder = newFolder()
const [CHANNELS, LENGTH] = [2, 128]

const program = `import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { vicreg } from 'hebb/rules'

export default program({
  input: { channels: 2, size: [1, 128], type: 'float32', mean: [0, 0], std: [0.7, 0.7] },
  batch: 12,
  encoder: [
    layer('conv1', conv(8, { kernel: [1, 9] }), relu(), maxPool([1, 2])),
    layer('conv2', conv(8, { kernel: [1, 5] }), relu(), maxPool([1, 2])),
  ],
  learn: local(vicreg()),
  optimizer: adamw({ lr: 1e-2 }),
})
`

/** Waves of three frequencies, one a class; the second channel is a quarter of a wave behind. */
function waves(count: number): Float32Array {
  const values: number[] = []
  for (let row = 0; row < count; row++)
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let t = 0; t < LENGTH; t++)
        values.push(Math.sin((t * (1 + (row % 3))) / 5 + row / 7 - (channel * Math.PI) / 2))
  return Float32Array.from(values)
}
const labels = (count: number) => labelsNpy(...Array.from({ length: count }, (_, row) => row % 3))
const signals = (count: number) => npy('<f4', [count, CHANNELS, LENGTH], bytesOf(waves(count)))

beforeAll(async () => {
  write(folder, 'mine.ts', program)
  const arrays = { x_train: signals(60), y_train: labels(60), x_test: signals(30), y_test: labels(30) }
  write(folder, 'waves.npz', await npz(arrays))
  write(folder, 'packed.npz', await npz(arrays, { compress: true }))
})

const env = ['--threads', '1'] as const
const checkpoint = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'))
const train = (data: string, out: string, steps: number) =>
  hebb(['train', 'mine.ts', '--data', data, '--out', out, '--steps', String(steps), ...env], folder)

test('are told as what they are', async () => {
  const { code, stdout } = await hebb(['data', 'inspect', 'waves.npz'], folder)
  expect(code).toBe(0)
  expect(stdout).toContain('train       waves: 60 signals of 2 × 128, 3 classes')
  expect(stdout).toContain("  size: [1, 128],\n  type: 'float32',")
})

test('are trained on, stored or packed, and gone on with to the same bits', async () => {
  const whole = await train('waves.npz', 'whole', 8)
  expect(whole).toMatchObject({ code: 0 })
  expect(whole.stderr).toContain('60 signals of 2 × 128')
  expect(await train('packed.npz', 'packed', 8)).toMatchObject({ code: 0 })
  expect(checkpoint('packed')).toEqual(checkpoint('whole'))
  expect(await train('waves.npz', 'parts', 3)).toMatchObject({ code: 0 })
  expect(await hebb(['train', '--resume', '--out', 'parts', '--steps', '8', ...env], folder)).toMatchObject({
    code: 0,
  })
  expect(checkpoint('parts')).toEqual(checkpoint('whole'))
})

test('are probed: the frequency of a wave is easy to tell', async () => {
  const { code, stdout, stderr } = await hebb(['probe', 'whole', '--epochs', '5', '--labels', '5'], folder)
  expect({ code, stderr: stderr.includes('Error') }).toEqual({ code: 0, stderr: false })
  // The few features of a network that has hardly learned are not the point: that neighbours find the frequency is.
  expect(stdout).toMatch(/^global averages {2}trained +16 +100\.0/m)
})

test('of another length are a mistake that names both', async () => {
  write(folder, 'short.npy', npy('<f4', [60, 2, 64], bytesOf(waves(30))))
  const { code, stderr } = await train('short.npy', 'short', 3)
  expect(code).toBe(1)
  expect(stderr).toMatch(/2×1×128.*2×1×64/)
})

test('are drawn as lines, a band for each channel', async () => {
  const { code, stdout } = await hebb(
    ['data', 'preview', 'mine.ts', '--data', 'waves.npz', '--images', '3', '--out', 'views.png'],
    folder,
  )
  expect(code).toBe(0)
  expect(stdout).toContain('views.png: 3 images of waves.npz')
  const { width, height } = await sharp(join(folder, 'views.png')).metadata()
  expect(height).toBeGreaterThan(3 * 2 * 64)
  expect(width).toBeGreaterThan(3 * LENGTH)
})
