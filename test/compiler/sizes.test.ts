import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import {
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  program,
  relu,
  rule,
  sgd,
  type Layer,
  type ProgramOptions,
  type RuleContext,
  type Tensor,
} from '../../src/index.ts'
import { constant, filled } from '../../src/ops/leaf.ts'
import { foreseenTime } from '../../src/sections/estimate.ts'

/** Sizes are multiplied and compared with fixed figures before anything of that size is made. */

const agree = rule('agree', ({ out }) => out.rows.square().mean())
const withEncoder = (encoder: readonly Layer[], more: Partial<ProgramOptions<'a' | 'b'>> = {}) =>
  program({
    ...{ input: { channels: 1, size: 4 }, batch: 2, encoder, learn: local(agree) },
    ...{ optimizer: sgd({ lr: 0.1 }), ...more },
  })
const one = layer('one', conv(2), relu())
const learning = (teach: (context: RuleContext) => Tensor) =>
  withEncoder([one], { learn: local(rule('mine', teach)) })

const here = String.raw`\n  at test/compiler/sizes\.test\.ts:\d+`

describe('too large', () => {
  test.each<[string, () => unknown, string]>([
    ['a batch', () => withEncoder([one], { batch: 2 ** 31 }), '2097 GB|550 GB|275 GB'],
    ['an image', () => withEncoder([one], { input: { channels: 1, size: 1e6 } }), '16,000 GB'],
    ['channels of an image', () => withEncoder([one], { input: { channels: 1e9, size: 4 } }), '256 GB'],
    [
      'classes',
      () => compile(withEncoder([one], { input: { channels: 1, size: 4, classes: 1e9 } })),
      '64 GB',
    ],
    ['a convolution', () => compile(withEncoder([layer('one', conv(1e10))])), '360 GB'],
    ['a linear layer', () => compile(withEncoder([layer('one', flatten(), linear(1e12))])), '64,000 GB'],
    [
      'what overflows',
      () => compile(withEncoder([layer('one', flatten(), linear(1e300))])),
      'GB|not a shape',
    ],
    ['a parameter', () => compile(learning(({ parameter }) => parameter('p', [1e9, 1e9]).mean())), 'GB'],
    ['a draw', () => compile(learning(({ uniform }) => uniform('u', 1e6, 1e6).mean())), '4,000 GB'],
    [
      'negatives',
      () => compile(learning(({ negatives, out }) => out.rows.rows(negatives(1e9)).mean())),
      'GB',
    ],
    ['a broadcast', () => compile(learning(({ out }) => out.rows.mean().broadcast(1e6, 1e6).mean())), 'GB'],
  ])('%s is refused at its line, with the figure', (_, build, figure) => {
    expect(build).toThrow(
      new RegExp(
        `takes (${figure})?.*and a tensor may take 64 GB[^]*${here}|is (not a shape|1e\\+300|1000000000)[^]*${here}`,
      ),
    )
  })

  test('a program whose parts fit is refused for all of them together, part by part', () => {
    const wide = (name: string) => layer(name, flatten(), linear(125_000, { bias: false }))
    const names = Array.from({ length: 12 }, (_, i) => `wide${i}`)
    expect(() => compile(withEncoder(names.map(wide)))).toThrow(
      new RegExp(`takes 688 GB, and a program may take 512 GB${here}[^]*parameters: 688 GB`),
    )
  })

  test('an encoder of more layers than are compiled', () => {
    const encoder = Array.from({ length: 1001 }, (_, i) => layer(`conv${i}`, conv(1)))
    expect(() => compile(withEncoder(encoder))).toThrow(new RegExp(`1001 layers${here}\\S*\n  At most 1000`))
  })

  test('an encoder that takes a while is announced', () => {
    expect(foreseenTime(withEncoder([one]))).toBeUndefined()
    const encoder = Array.from({ length: 400 }, (_, i) => layer(`conv${i}`, conv(1)))
    expect(foreseenTime(withEncoder(encoder))).toMatch(/^Compiling 400 layers takes about \d+ s/)
  })
})

test('steps per run are told where their batches are more than any machine has', () => {
  const build = (stepsPerRun: number) => compile(withEncoder([one]), { stepsPerRun })
  expect(() => build(2 ** 40)).toThrow(
    /the batches of 1099511627776 steps per run take [\d,]+ GB[^]*give fewer steps/,
  )
  expect(() => build(4)).not.toThrow()
})

describe('without elements', () => {
  test.each<[string, (context: RuleContext) => Tensor]>([
    ['a slice', ({ out }) => out.rows.slice(0, 2, 2).mean()],
    ['a parameter', ({ out, parameter }) => out.rows.mean().add(parameter('p', [0]).sum())],
    ['negatives', ({ out, negatives }) => out.rows.rows(negatives(0)).mean()],
    ['a draw', ({ out, uniform }) => out.rows.mean().add(uniform('u', 0).sum())],
  ])('%s is refused at its line', (_, teach) => {
    expect(() => compile(learning(teach))).toThrow(new RegExp(`(has no elements|is 0)${here}`))
  })
})

describe('long constants', () => {
  test('of one value are written down as that value', () => {
    const ones = filled('float32', [1e4, 1e4], 1)
    expect(ones.attributes.values).toEqual(Float64Array.of(1))
    expect(constant('float32', [5000], new Float64Array(5000)).attributes.values).toEqual(Float64Array.of(0))
    const signs = Float64Array.from({ length: 5000 }, (_, i) => (i === 7 ? -0 : 0))
    expect(constant('float32', [5000], signs).attributes.values).toHaveLength(5000)
  })
})

describe('deep', () => {
  test.each<[string, () => unknown]>([
    [
      'a chain of operations',
      () => {
        const teach = ({ out }: RuleContext) => {
          let x = out.rows.mean()
          for (let i = 0; i < 4000; i++) x = x.mul(0.9999).add(1e-6)
          return x
        }
        return compile(learning(teach))
      },
    ],
    [
      'a layer of many modules',
      () => {
        const modules = Array.from({ length: 3000 }, () => relu())
        return compile(withEncoder([layer('one', conv(2), ...modules)], { learn: global(agree) }))
      },
    ],
  ])('%s compiles', (_, build) => {
    expect(build).not.toThrow()
  })
})
