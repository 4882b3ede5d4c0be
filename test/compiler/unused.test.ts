import { describe, expect, test } from 'vitest'
import { compile, conv, layer, local, module, relu, rule, type Layer } from '../../src/index.ts'
import { ruleCases, giveCredit } from '../support/rule-cases.ts'
import { tinyProgram } from '../support/programs.ts'
import type { Rule } from '../../src/index.ts'

/** What is declared to no end is told, with its line. */

function noticesOf(taught: Rule<'a' | 'b'>, encoder?: Layer[]): string[] {
  const notices: string[] = []
  const program = tinyProgram({ learn: local(taught), ...(encoder ? { encoder } : {}) })
  compile(program, { onNotice: (notice) => notices.push(notice) })
  return notices
}
const here = /\(test\/compiler\/unused\.test\.ts:\d+:\d+\)/.source
const quiet = rule<'a' | 'b'>('quiet', ({ out }) => out.rows.square().mean())

describe('a parameter that nothing reads', () => {
  test('of a rule', () => {
    const idle = rule<'a' | 'b'>('idle', ({ out, parameter }) => {
      parameter('extra', [3])
      return out.rows.square().mean()
    })
    expect(noticesOf(idle)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^nothing reads conv1\\.idle\\.extra, conv2\\.idle\\.extra, conv3\\.idle\\.extra ${here}$`,
        ),
      ),
    ])
  })

  test('of a module', () => {
    const idle = module('idle', (x, { parameter }) => {
      parameter('extra', [3])
      return x.mul(2)
    })
    expect(noticesOf(quiet, [layer('one', conv(2), idle, relu())])).toEqual([
      expect.stringMatching(new RegExp(`^nothing reads one\\.extra ${here}$`)),
    ])
  })
})

describe('a parameter of a rule that nothing teaches', () => {
  test('is told', () => {
    const still = rule<'a' | 'b'>('still', ({ out, parameter }) =>
      out.rows
        .mul(parameter('scale', [1]).stopGradient())
        .square()
        .mean(),
    )
    expect(noticesOf(still)).toEqual([
      expect.stringMatching(
        new RegExp(`^nothing teaches conv1\\.still\\.scale, .*conv3\\.still\\.scale ${here}: .*fixed\\(\\)`),
      ),
    ])
  })

  test('is meant where it is fixed, or kept as an average', () => {
    const meant = rule<'a' | 'b'>('meant', ({ out, fixed, parameter, average }) => {
      const scale = parameter('scale', [1])
      return out.rows
        .mul(fixed('gain', [1]))
        .mul(scale)
        .sub(average(scale, 0.9))
        .square()
        .mean()
    })
    expect(noticesOf(meant)).toEqual([])
  })
})

test.each(ruleCases.map((each) => [each.name, each] as const))('%s has none', (_, ruleCase) => {
  const {
    rule: given,
    views,
    credits: [credit = 'local'],
    encoder,
  } = ruleCase
  const notices: string[] = []
  compile(tinyProgram({ learn: giveCredit[credit](given), views, encoder: encoder() }), {
    onNotice: (notice) => notices.push(notice),
  })
  expect(notices).toEqual([])
})
