import { compile } from 'hebb'
import { checkGradient } from 'hebb/testing'
import { expect, test } from 'vitest'
import program from './a-better-rule.ts'

test('a-better-rule compiles to one training graph per layer', () => {
  const { train } = compile(program).manifest
  expect(train.graphs.map(({ name }) => name)).toEqual(program.encoder.map(({ name }) => name))
})

test('a-better-rule follows the gradient of its loss, in float64, with every stop pinned', async () => {
  expect(await checkGradient(program)).toBeLessThan(1e-6)
})
