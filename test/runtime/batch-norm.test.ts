import { join } from 'node:path'
import { expect, test } from 'vitest'
import { batchNorm, compile, conv, layer, local, maxPool, program, relu, sgd } from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { loadCheckpoint } from '../../runtime/files/checkpoint.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { encode } from '../../runtime/probe/features.ts'
import { probeEncoder } from '../../runtime/probe/probe.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { train } from '../../runtime/train/train.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { idx, IDX_NAMES, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { rowsOf } from '../support/rows-of.ts'
import { subset, type Dataset } from '../../runtime/data/dataset.ts'

/** Running statistics from training to probes: what a run keeps is what its frozen encoder normalises by. */

const [side, count, steps, momentum, eps] = [8, 12, 30, 0.2, 1e-5]

const normalised = program({
  input: { channels: 1, size: side, classes: 2 },
  batch: 4,
  encoder: [
    layer('norm', batchNorm({ momentum, eps })),
    layer('conv', conv(3), batchNorm({ momentum }), relu(), maxPool(2)),
  ],
  learn: local(clapp(), { allow: ['statistics'] }),
  optimizer: sgd({ lr: 0.05 }),
})

/** Two classes of noise: bright and dark. */
function writeNoise(folder: string): string {
  const random = stream(1, 'noise')
  const labels = Uint8Array.from({ length: count }, (_, image) => image % 2)
  const images = Uint8Array.from(
    { length: count * side ** 2 },
    (_, i) => random.integer(100) + 150 * (labels[Math.floor(i / side ** 2)] ?? 0),
  )
  const [pixels, classes] = [idx([count, side, side], images), idx([count], labels)]
  return writeFiles(folder, {
    [IDX_NAMES.trainImages]: pixels,
    [IDX_NAMES.trainLabels]: classes,
    [IDX_NAMES.testImages]: pixels,
    [IDX_NAMES.testLabels]: classes,
  })
}

const reversed = (dataset: Dataset): Dataset =>
  subset(
    dataset,
    Uint32Array.from({ length: count }, (_, image) => count - 1 - image),
  )

test('a trained and an untrained encoder with batch norm make features and are probed', async () => {
  const root = temporaryFolder()
  const [bundleFolder, data, out] = [join(root, 'bundle'), writeNoise(join(root, 'data')), join(root, 'run')]
  writeBundle(bundleFolder, compile(normalised))
  await train({ bundle: bundleFolder, data, out, steps, seed: 2, threads: 1 })

  const bundle = loadBundle(bundleFolder)
  const { values } = loadCheckpoint(runFiles(out).checkpoint, bundle)
  const untrained = initialValues(bundle.manifest.train, 2)
  const images = await openDataset(data, 'test')
  const bytes = Uint8Array.from(await rowsOf(images))
  const mean = (start: number, end: number) =>
    bytes.subarray(start, end).reduce((sum, byte) => sum + byte / 255, 0) / (end - start)
  const numberIn = (from: typeof values, name: string) => Number(from.get(name)?.data[0])

  // Every step saw each of the pixels' distributions about equally: the running mean is near their mean.
  expect(numberIn(untrained, 'norm.running_mean')).toBe(0)
  expect(numberIn(untrained, 'norm.running_var')).toBe(1)
  expect(Math.abs(numberIn(values, 'norm.running_mean') - mean(0, bytes.length))).toBeLessThan(0.15)

  for (const kept of [untrained, values]) {
    const features = await encode(bundle, kept, images)
    const read = (name: string) => numberIn(kept, name)
    const factor = read('norm.scale') / Math.sqrt(read('norm.running_var') + eps)
    for (let image = 0; image < count; image++) {
      const pixels = mean(image * side ** 2, (image + 1) * side ** 2)
      const wanted = (pixels - read('norm.running_mean')) * factor + read('norm.shift')
      expect(features.get('norm.average')?.values[image]).toBeCloseTo(wanted, 4)
    }
    // A feature is its image's alone, whatever else is in the batch.
    const backwards = await encode(bundle, kept, reversed(images))
    for (const [name, { values: forwards, dimension }] of features)
      for (let image = 0; image < count; image++)
        expect(
          backwards.get(name)?.values.slice((count - 1 - image) * dimension, (count - image) * dimension),
        ).toEqual(forwards.slice(image * dimension, (image + 1) * dimension))
  }

  const options = { bundle, train: images, test: images, epochs: 20, k: 3, labelsPerClass: 2, repeats: 1 }
  const [average] = await probeEncoder(values, options)
  expect(average).toMatchObject({ probe: 'average', dimension: 4, knn: 1 })
})
