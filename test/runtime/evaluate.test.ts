import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, found } from '../../src/base/lists.ts'
import {
  classify,
  compile,
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  program,
  relu,
  sgd,
  type Credit,
} from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { evaluate } from '../../runtime/evaluate/evaluate.ts'
import { Judge } from '../../runtime/evaluate/judged.ts'
import { loadRunCheckpoint } from '../../runtime/files/run-checkpoint.ts'
import { openRun } from '../../runtime/files/run-folder.ts'
import { encode } from '../../runtime/probe/features.ts'
import { train } from '../../runtime/train/train.ts'
import { idx, IDX_NAMES, writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A network's own classifiers, judged. */

const judged = (classes: number, images: readonly (readonly [readonly number[], number])[]) => {
  const judge = new Judge(classes)
  for (const [scores, label] of images) judge.add(scores, label)
  return judge.figures()
}

describe('figures of a classifier', () => {
  test('count images by label and answer', () => {
    const images = [
      [[3, 1, 2], 0],
      [[0, 1, 2], 0],
      [[0, 5, 2], 1],
      [[0, 1, 2], 1],
    ] as const
    expect(judged(3, images)).toEqual({
      images: 4,
      accuracy: 0.5,
      top5: undefined,
      confusion: [
        [1, 0, 1],
        [0, 1, 1],
        [0, 0, 0],
      ],
      perClass: [
        { class: 0, images: 2, predicted: 1, recall: 0.5, precision: 1 },
        { class: 1, images: 2, predicted: 1, recall: 0.5, precision: 1 },
        { class: 2, images: 0, predicted: 2, recall: undefined, precision: 0 },
      ],
    })
  })

  const scored = fc
    .integer({ min: 2, max: 9 })
    .chain((classes) =>
      fc.array(
        fc.tuple(
          fc.array(fc.integer({ min: -3, max: 3 }), { minLength: classes, maxLength: classes }),
          fc.nat(classes - 1),
        ),
        { minLength: 1, maxLength: 30 },
      ),
    )

  test('are those of a list of classes, sorted by score', () => {
    fc.assert(
      fc.property(scored, (images) => {
        const classes = at(images, 0)[0].length
        const places = images.map(([scores, label]) =>
          [...scores.keys()].sort((a, b) => at(scores, b) - at(scores, a) || a - b).indexOf(label),
        )
        const part = (most: number) => places.filter((place) => place < most).length / images.length
        const { accuracy, top5, confusion, perClass } = judged(classes, images)
        expect(accuracy).toBe(part(1))
        expect(top5).toBe(classes > 5 ? part(5) : undefined)
        expect(confusion.flat().reduce((sum, count) => sum + count)).toBe(images.length)
        const weighted = perClass.reduce((sum, { recall = 0, images }) => sum + recall * images, 0)
        expect(weighted / images.length).toBeCloseTo(accuracy, 12)
      }),
    )
  })
})

const supervised = (learn: Credit<'a' | 'b'> = global(classify())) =>
  compile(
    program({
      input: { channels: 1, size: 6, classes: 2 },
      batch: 4,
      encoder: [layer('conv1', conv(4), relu(), maxPool(2)), layer('top', flatten(), linear(2))],
      learn,
      optimizer: sgd({ lr: 0.1 }),
    }),
  )

/** Ten images, dark and bright ones in turn; two batches and a half. */
function writeImages(folder: string) {
  const pixels = Uint8Array.from({ length: 360 }, (_, i) => ((i * 37) % 60) + 150 * (Math.floor(i / 36) % 2))
  const labels = Uint8Array.from({ length: 10 }, (_, i) => i % 2)
  const [images, classes] = [idx([10, 6, 6], pixels), idx([10], labels)]
  return writeFiles(folder, {
    [IDX_NAMES.trainImages]: images,
    [IDX_NAMES.trainLabels]: classes,
    [IDX_NAMES.testImages]: images,
    [IDX_NAMES.testLabels]: classes,
  })
}

async function trainedOn(bundle: ReturnType<typeof compile>) {
  const root = temporaryFolder()
  const [data, out] = [writeImages(join(root, 'data')), join(root, 'run')]
  await train({ bundle, data, out, steps: 60, threads: 1, prepareAhead: 0 })
  const dataset = await openDataset(data, 'test')
  return { dataset, values: loadRunCheckpoint(openRun(out)).values }
}

test('a network that has learned to classify is judged by its own head, image by image', async () => {
  const bundle = supervised()
  const { dataset, values } = await trainedOn(bundle)
  const [head, ...others] = await evaluate(values, { bundle, dataset })
  expect(others).toEqual([])
  expect(head).toMatchObject({
    layer: 'top',
    images: 10,
    accuracy: 1,
    confusion: [
      [5, 0],
      [0, 5],
    ],
  })
  // Its logits are the activity of the frozen top layer.
  const features = found(await encode(bundle, values, dataset), 'top.average', 'features')
  const untrained = new Map([
    ...values,
    ['top.bias', { type: 'float32' as const, shape: [2], data: Float32Array.of(9, -9) }],
  ])
  const [moved] = await evaluate(untrained, { bundle, dataset })
  const answers = Array.from({ length: 10 }, (_, image) => {
    const [a, b] = [0, 1].map((unit) => {
      const bias = found(values, 'top.bias', 'bias').data
      return at(features.values, 2 * image + unit) - Number(bias[unit]) + (unit === 0 ? 9 : -9)
    })
    return Number(a) >= Number(b) ? 0 : 1
  })
  expect(moved?.accuracy).toBe(answers.filter((answer, image) => answer === image % 2).length / 10)
})

test('a program without a classifier is told to be probed', async () => {
  const bundle = supervised(local(clapp()))
  const dataset = await openDataset(writeImages(temporaryFolder()), 'test')
  await expect(evaluate(new Map(), { bundle, dataset })).rejects.toThrow(/has no classifier.*[^]*hebb probe/)
})

test('scores that are no numbers are refused with their image', async () => {
  const bundle = supervised()
  const { dataset, values } = await trainedOn(bundle)
  const broken = new Map([
    ...values,
    ['top.bias', { type: 'float32' as const, shape: [2], data: Float32Array.of(0, NaN) }],
  ])
  await expect(evaluate(broken, { bundle, dataset })).rejects.toThrow(
    "'top.logits' gives a score of NaN for image 0",
  )
})
