import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile, layer, local, program, relu, conv, adamw, maxPool, blocks } from '../../src/index.ts'
import type { Program } from '../../src/index.ts'
import { clapp, vicreg } from '../../rules/index.ts'
import * as feedback from '../../rules/recipes/feedback.ts'
import * as fashionMnist from '../../rules/recipes/fashion-mnist.ts'
import * as forwardForward from '../../rules/recipes/forward-forward.ts'
import { linearConvNetwork } from '../../rules/recipes/linear/convolutional.ts'
import { linearNetwork } from '../../rules/recipes/linear/dense.ts'
import { resnet18 } from '../../rules/recipes/resnet18.ts'
import { stl10 } from '../../rules/recipes/stl10.ts'
import { imageNet } from '../../rules/recipes/imagenet.ts'
import { renderReport } from '../../report/index.ts'
import { train } from '../../runtime/train/train.ts'
import { gatherRun } from '../../src/cli/report/gather.ts'
import { reportData } from '../../src/cli/report/report-of.ts'
import { bytesNpy, bytesOf, labelsNpy, npy } from '../support/npy.ts'
import { stream } from '../../runtime/values/random.ts'
import { writeFiles } from '../runtime/data-files.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { checkWellFormed } from '../report/well-formed.ts'

/** Whatever a run was trained by, it has a page: small variants of all kinds of recipes, two steps each. */

const width = { width: 1 / 32 }
const small = stl10({ size: 32, ...width })

const resnet = program({
  name: 'ResNet-18',
  input: { channels: 3, size: 32 },
  batch: 8,
  encoder: resnet18({ width: 2 }),
  learn: local(clapp(), { allow: ['statistics'] }),
  optimizer: adamw({ lr: 1e-3 }),
})
const signals = program({
  name: 'signals',
  input: { channels: 2, size: [1, 64], type: 'float32' },
  batch: 8,
  encoder: [
    layer('conv1', conv(4, { kernel: [1, 5] }), relu(), maxPool([1, 2])),
    layer('conv2', conv(4, { kernel: [1, 5] }), relu()),
  ],
  learn: local(vicreg()),
  optimizer: adamw({ lr: 1e-3 }),
})
const inBlocks = program({
  name: 'blocks',
  input: { channels: 5, size: 8 },
  batch: 8,
  encoder: [1, 2, 3].map((i) => layer(`conv${i}`, conv(4), relu())),
  learn: blocks([2, 1], vicreg()),
  optimizer: adamw({ lr: 1e-3 }),
})

const programs: Readonly<Record<string, Program>> = {
  'CLAPP++ of the demo': fashionMnist.plusPlus,
  'BP-CLAPP++ of the demo': fashionMnist.backpropagation,
  'feedback alignment': feedback.feedbackAlignment,
  'direct feedback alignment': feedback.directFeedbackAlignment,
  'Forward-Forward': forwardForward.supervised,
  SCFF: forwardForward.selfContrastive,
  'a deep linear network': linearNetwork(),
  'a linear convolutional network': linearConvNetwork(),
  'STL-10, CLAPP++both': small.both,
  'STL-10, BP-InfoNCE': small.infoNce,
  ImageNet: imageNet({ size: 32, ...width }).plusPlus,
  'ResNet-18 in blocks': resnet,
  signals,
  blocks: inBlocks,
}

/** Noise of the kind that a program is for, as NumPy's arrays. */
function dataFor({ input: { channels, height, width, type }, batch }: Program): string {
  const arrays = (split: string, count: number) => {
    const shape = [count, channels, height, width]
    const size = count * channels * height * width
    const noise = stream(1, split)
    const values =
      type === 'float32'
        ? npy('<f4', shape, bytesOf(Float32Array.from({ length: size }, () => noise.normal())))
        : bytesNpy(
            shape,
            Uint8Array.from({ length: size }, () => noise.integer(256)),
          )
    return {
      [`x_${split}.npy`]: values,
      [`y_${split}.npy`]: labelsNpy(...Array.from({ length: count }, (_, i) => i % 10)),
    }
  }
  return `numpy-chw:${writeFiles(temporaryFolder(), { ...arrays('train', Math.max(40, batch)), ...arrays('test', 40) })}`
}

test.each(Object.entries(programs))('%s has a page', async (_, program) => {
  const out = join(temporaryFolder(), 'run')
  const bundle = compile(program)
  await train({ bundle, data: dataFor(program), out, steps: 2, threads: 1, prepareAhead: 0 })
  const gathered = await gatherRun(out, { threads: 1 })
  const { run } = gathered
  checkWellFormed(await renderReport(reportData([gathered], [out])))
  expect(run.missing?.map(({ part }) => part)).toEqual([
    'Accuracy and confusions',
    'Alignment with backpropagation',
  ])
  expect(run.losses.length).toBeGreaterThan(0)
  expect(run.losses.every(({ points }) => points.length === 2)).toBe(true)
  expect(run.neighbours?.queries).toHaveLength(10)
  expect(run.embedding?.points.every((point) => point.every(Number.isFinite))).toBe(true)
  expect(run.layers).toHaveLength(program.encoder.length)
  expect(run.noun).toBe(program.input.height === 1 ? 'signal' : 'image')
  const isClassifier = bundle.manifest.logits !== undefined
  expect(run.confusions?.map(({ probe }) => probe.startsWith('its own classifier'))).toEqual(
    isClassifier ? [true] : [],
  )
  // The uppermost first, as it stands in the first line of the results.
  const confusion = run.confusions?.[0]?.counts
  const right = confusion?.reduce((sum, row, label) => sum + (row[label] ?? NaN), 0)
  expect(run.own?.classifiers[0]?.accuracy).toBe(right === undefined ? undefined : right / 40)
})
