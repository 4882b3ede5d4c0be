import { describe, expect, test } from 'vitest'
import { compile, conv, layer, local, maxPool, program, relu, sgd } from '../../src/index.ts'
import { clappPlusPlus } from '../../rules/index.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { describeSignal } from '../../src/bundle/signals.ts'
import { modelText } from '../../src/onnx/text.ts'
import { expectGolden, goldenFile } from '../support/golden.ts'
import { tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases, type RuleCase } from '../support/rule-cases.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/**
 * What the compiler makes of one small program, word by word, in the short form of the portable target: the text of each training graph, and what the
 * manifest says about the step. A change of the compiler shows here as a difference to be read; if it is meant,
 * `UPDATE_GOLDEN=1 npx vitest run test/compiler/golden.test.ts` rewrites the files.
 */
const small = program({
  name: 'small',
  input: { channels: 1, size: 6 },
  batch: 2,
  encoder: [layer('conv1', conv(2), relu(), maxPool(2)), layer('conv2', conv(3), relu())],
  learn: local(clappPlusPlus(3)),
  optimizer: sgd({ lr: 0.1, momentum: 0.9 }),
})

const { manifest, files } = compile(small, { target: 'portable' })

/** Only the files of origins: a comment added to a rule must not change the golden text. */
const withoutLines = (text: string): string => text.replace(/( {2}# .*?):\d+:\d+$/gm, '$1')

function sectionText({ parameters, states, draws, schedule, rate }: Section): string {
  const typed = ({ name, type, shape }: { name: string; type: string; shape: readonly number[] }) =>
    `  ${name}: ${type}[${shape.join(', ')}]`
  const lines = [
    'parameters',
    ...parameters.map((parameter) => `${typed(parameter)} ${JSON.stringify(parameter.init)}`),
    'states',
    ...states.map(typed),
    'draws',
    ...draws.map((draw) => `${typed(draw)} ${draw.kind}`),
    'schedule',
    ...schedule.map(({ graph, drop }) => `  ${graph}, then drop ${drop.join(', ') || 'nothing'}`),
    `rate ${JSON.stringify(rate)}`,
    'locality',
    ...manifest.locality.map(
      ({ parameter, reads }) => `  ${parameter} reads ${reads.map(describeSignal).join(', ')}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

describe('a small CLAPP++ program compiles to the golden graphs', () => {
  test.each(manifest.train.graphs.map(({ name, file }) => [name, file]))('graph %s', (name, file) => {
    const bytes = files.get(file)
    if (!bytes) throw new Error(`no file ${file}`)
    expectGolden(`${name}.txt`, withoutLines(modelText(decodeModel(bytes))))
  })

  test('manifest of the training step', () => {
    expectGolden('manifest.txt', sectionText(manifest.train))
  })

  test('the text names lines of the project by relative paths', () => {
    const text = [...files.values()].map((bytes) => modelText(decodeModel(bytes))).join('\n')
    expect(text).toMatch(/ {2}# test\/compiler\/golden\.test\.ts:\d+:\d+$/m)
    expect(text).toMatch(/ {2}# rules\/clapp\.ts:\d+:\d+$/m)
    expect(text).not.toMatch(/ {2}# (file:|\/|[A-Z]:\\)/)
  })
})

/** The training graph of one layer (of all, where credit is global) in float32. */
function ruleText({ rule, views, credits: [credit = 'local'], encoder }: RuleCase): string {
  const learn = giveCredit[credit](rule)
  const { manifest, files } = compile(
    tinyProgram({
      learn,
      views,
      encoder: encoder(),
      dtype: 'float32',
      batch: 2,
      optimizer: sgd({ lr: 0.1 }),
    }),
    { target: 'portable' },
  )
  const learning = manifest.train.graphs.filter(({ outputs }) => outputs.some(({ updates }) => updates))
  const bytes = files.get((learning.find(({ name }) => name.startsWith('conv2')) ?? learning[0])?.file ?? '')
  if (!bytes) throw new Error('no graph')
  return withoutLines(modelText(decodeModel(bytes)))
}

describe('every rule compiles to its golden graph', () => {
  test.each(ruleCases.map((each) => [each.name, each] as const))('%s', (name, each) => {
    expectGolden(`rules/${goldenFile(name)}`, ruleText(each))
  })
})
