import { expect, test } from 'vitest'
import { compileAlignment } from '../../src/compile-gradients.ts'
import { blocks, global, local, rule, type Credit, type RuleContext, type Tensor } from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import { measureAlignment } from '../../runtime/align/measure.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { randomImages } from '../support/random-images.ts'
import { tinyProgram } from '../support/programs.ts'

/** Where a rule sees something else under global credit, a cosine below 1 is not the doing of local credit: it is told. */

type Teach = (context: RuleContext<'a' | 'b'>) => Tensor
const sidesOf = (learn: Credit<'a' | 'b'>) => compileAlignment(tinyProgram({ learn })).manifest.sides
const notesOf = (teach: Teach) => sidesOf(local(rule('mine', teach))).map(({ notes }) => notes)
const squared = (x: Tensor) => x.square().mean()

test.each<[string, Teach, RegExp]>([
  [
    'input',
    ({ input, out }) => squared(out.rows.sub(input.rows.mean())),
    /^under global credit the loss at the top is another function: it reads the images where, by the program's own credit, it reads the activity of 'conv2' \(test\/compiler\/alignment-sides\.test\.ts:\d+:\d+\)$/,
  ],
  [
    'layers',
    ({ layers }) => layers.map(({ out }) => squared(out.rows)).reduce((a, b) => a.add(b)),
    /another function: it computes something else there \(test\/compiler\/alignment-sides\.test\.ts:\d+/,
  ],
  ['how many layers there are', ({ layers, out }) => squared(out.rows).mul(layers.length), /something else/],
  ['apply', ({ apply, input, out }) => squared(apply(input.rows.mul(0.5)).sub(out.rows)), /something else/],
  ['target', ({ target, out }) => squared(target(0.9).rows.sub(out.rows)), /something else/],
  [
    'what it remembers of its input',
    ({ previous, input, out }) => squared(out.rows.sub(previous('before', input.rows.mean()))),
    /would keep something else in conv3\.mine\.before/,
  ],
])('%s', (_, teach, told) => {
  for (const notes of notesOf(teach)) expect(notes).toEqual([expect.stringMatching(told)])
})

test.each<[string, Teach]>([
  [
    'other layers',
    ({ of, out }) =>
      squared(of('conv2').rows.mean(2, 3).mean(1, { keepDims: true }).sub(out.rows.mean(2, 3))),
  ],
  ['the place of the layer', ({ index, depth, out }) => squared(out.rows).mul(index + depth)],
  ['what it remembers of itself', ({ previous, out }) => squared(out.rows.sub(previous('before', out.rows)))],
  ['pre', ({ pre, out }) => squared(out.rows.sub(pre.rows.mean()))],
])('%s: the same under global credit, nothing to tell', (_, teach) => {
  expect(notesOf(teach)).toEqual([[], [], []])
})

test('explicit updates and what nothing teaches are named, layer by layer', () => {
  const half = rule<'a' | 'b'>('half', ({ out, preactivation, correlate }) => ({
    updates: { weight: correlate(preactivation.rows) },
    loss: squared(out.rows),
  }))
  for (const { notes, byConstruction } of sidesOf(local(half))) {
    expect(byConstruction).toBe(false)
    expect(notes).toEqual([
      'the rule gives explicit updates of weight, which are compared with the gradient of its loss',
    ])
  }
  const weights = rule<'a' | 'b'>('weights', ({ out, weight, index }) =>
    index === 0 ? squared(weight) : squared(out.rows),
  )
  expect(sidesOf(local(weights)).map(({ notes }) => notes)).toEqual([
    ['nothing teaches bias, which counts as an update of zero'],
    [],
    [],
  ])
})

test.each([
  ['local', local(clapp()), ['conv3'], 2],
  ['blocks', blocks([1, 2], clapp()), ['conv2', 'conv3'], 1],
  ['global', global(clapp()), ['conv1', 'conv2', 'conv3'], 0],
])(
  '%s credit: what is 1 by construction is, and the mean of the rest leaves it out',
  async (_, learn, alike, rest) => {
    const bundle = compileAlignment(tinyProgram({ learn, dtype: 'float64' }))
    const values = initialValues(bundle.manifest.alignment, 4)
    const found = await measureAlignment({
      bundle,
      values,
      dataset: randomImages(24, 2, 8),
      seed: 4,
      batches: 2,
    })
    const [same = [], others = []] = [true, false].map((wanted) =>
      found?.layers.filter(({ byConstruction }) => byConstruction === wanted),
    )
    expect(same.map(({ layer }) => layer)).toEqual(alike)
    for (const { cosine } of same) for (const each of cosine.values) expect(each).toBeCloseTo(1, 12)
    expect(others).toHaveLength(rest)
    const mean = others.reduce((sum, { cosine }) => sum + cosine.mean, 0) / rest
    if (rest === 0) expect(found?.meanOfOthers).toBeUndefined()
    else expect(found?.meanOfOthers?.cosine.mean).toBeCloseTo(mean, 12)
  },
)
