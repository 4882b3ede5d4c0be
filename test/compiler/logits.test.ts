import { describe, expect, test } from 'vitest'
import { Stepper } from '../../runtime/train/stepper.ts'
import { untaught, initialValues } from '../../runtime/values/start.ts'
import { stream } from '../../runtime/values/random.ts'
import { directFeedbackAlignment, feedbackAlignment } from '../../rules/index.ts'
import {
  batchNorm,
  classify,
  compile,
  conv,
  crossEntropy,
  dropout,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  patches,
  relu,
  rule,
  type Program,
  type RuleContext,
  type Tensor,
} from '../../src/index.ts'
import { found, present } from '../../src/base/lists.ts'
import { tinyProgram, type TinyOptions } from '../support/programs.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** The section of a bundle that gives the scores of the classes: what `hebb evaluate` runs. */

const classifier = (options: TinyOptions = {}): Program =>
  tinyProgram({
    encoder: [layer('conv1', conv(3), batchNorm(), relu(), maxPool(2)), layer('top', flatten(), linear(3))],
    learn: global(classify()),
    dtype: 'float32',
    ...options,
  })

const scores = ({ parameter, classes }: RuleContext<'a' | 'b'>, out: Tensor, name = 'head'): Tensor => {
  const features = out.mean(2, 3)
  return features.matmul(parameter(name, [classes, features.size(1)]), { transposeB: true })
}
const withHeads = (teach: Parameters<typeof rule<'a' | 'b'>>[1], encoder?: TinyOptions['encoder']): Program =>
  tinyProgram({ learn: local(rule('heads', teach)), dtype: 'float32', ...(encoder ? { encoder } : {}) })

const headsOf = (program: Program) =>
  compile(program).manifest.logits?.graphs.flatMap(({ outputs }) =>
    outputs.map(({ name, layer, shape, role }) => ({ name, layer, shape, role })),
  )

/** What sections of one bundle make of the same images, from what a seed starts. */
async function outputsOf(program: Program) {
  const bundle = compile(program)
  const { manifest } = bundle
  const values = new Map([...untaught(manifest, 3), ...initialValues(manifest.train, 3)])
  const { batch } = manifest.train
  const random = stream(1, 'images')
  const data = Uint8Array.from({ length: batch * 2 * 8 * 8 }, () => random.integer(256))
  const images = { type: 'uint8' as const, shape: [batch, 2, 8, 8], data }
  const run = async (section: Section) => {
    const stepper = await Stepper.create(bundle, section, values)
    const [result] = await stepper.run([{ images }])
    await stepper.release()
    return new Map(Object.entries(present(result, 'a step').outputs))
  }
  return {
    values,
    features: await run(manifest.encode),
    logits: await run(present(manifest.logits, 'the logits')),
  }
}

describe('the logits of a program', () => {
  test('that classifies at its top are the activity of the frozen encoder there', async () => {
    const { features, logits } = await outputsOf(classifier())
    expect(found(logits, 'top.logits', 'logits').data).toEqual(
      found(features, 'top.average', 'features').data,
    )
  })

  test('are one a head: of each layer that learns by labels, from its own parameters', async () => {
    const program = withHeads((context) => crossEntropy(scores(context, context.out.a), context.labels))
    expect(headsOf(program)).toEqual(
      ['conv1', 'conv2', 'conv3'].map((name) => ({
        name: `${name}.logits`,
        layer: name,
        shape: [3, 3],
        role: 'logits',
      })),
    )
    const { values, features, logits } = await outputsOf(program)
    const [{ data: x }, { data: w }] = [
      found(features, 'conv2.average', 'features'),
      found(values, 'conv2.heads.head', 'weights'),
    ]
    const wanted = Array.from({ length: 9 }, (_, i) =>
      Array.from(
        { length: 4 },
        (_, unit) => Number(x[Math.floor(i / 3) * 4 + unit]) * Number(w[(i % 3) * 4 + unit]),
      ).reduce((sum, product) => sum + product),
    )
    const given = found(logits, 'conv2.logits', 'logits').data
    wanted.forEach((value, i) => {
      expect(Number(given[i])).toBeCloseTo(value, 6)
    })
  })

  test('of the same head on two views are one', () => {
    const program = withHeads((context) => {
      const head = context.parameter('head', [3, context.out.a.size(1)])
      const loss = (out: Tensor) =>
        crossEntropy(out.mean(2, 3).matmul(head, { transposeB: true }), context.labels)
      return loss(context.out.a).add(loss(context.out.b))
    })
    expect(headsOf(program)?.map(({ name }) => name)).toEqual([
      'conv1.logits',
      'conv2.logits',
      'conv3.logits',
    ])
  })

  test('of two heads of a layer are two', () => {
    const program = withHeads(
      (context) => {
        const loss = (name: string) => crossEntropy(scores(context, context.out.a, name), context.labels)
        return loss('coarse').add(loss('fine'))
      },
      [layer('conv1', conv(3), relu())],
    )
    expect(headsOf(program)?.map(({ name }) => name)).toEqual(['conv1.logits', 'conv1.logits_2'])
  })

  test('are those of the classes that there are, and of one image each where a layer cuts patches', () => {
    const wide = classifier({ encoder: [layer('top', flatten(), linear(5))] })
    expect(headsOf(wide)?.map(({ shape }) => shape)).toEqual([[3, 3]])
    const cut = classifier({ encoder: [layer('top', patches(4, 4), flatten(), linear(3))] })
    expect(headsOf(cut)?.map(({ shape }) => shape)).toEqual([[3, 3]])
  })

  test('are found through rules that hand the error of a loss down', () => {
    const encoder = [layer('conv1', conv(3), relu(), maxPool(2)), layer('top', flatten(), linear(3))]
    for (const learn of [global(feedbackAlignment(classify())), local(directFeedbackAlignment(classify()))])
      expect(headsOf(classifier({ encoder, learn }))?.map(({ layer }) => layer)).toEqual(['top'])
  })

  test('draw nothing: dropout is for training', () => {
    const encoder = [layer('top', dropout(0.5), flatten(), linear(3))]
    const { logits, train } = compile(classifier({ encoder })).manifest
    expect(train.draws).not.toEqual([])
    expect(logits?.draws).toEqual([])
  })

  test('are none where no rule compares with labels, or chance or the label has a part in the scores', () => {
    expect(headsOf(tinyProgram())).toBeUndefined()
    const told = withHeads((context) => {
      const noise = context.uniform('noise', 3, 3)
      return crossEntropy(scores(context, context.out.a).add(noise), context.labels)
    })
    expect(headsOf(told)).toBeUndefined()
    const own = withHeads((context) => {
      const each = context.labels.mul(0)
      return crossEntropy(scores(context, context.out.a), context.labels).add(each.cast('float32').mean())
    })
    expect(headsOf(own)).toHaveLength(3)
  })
})
