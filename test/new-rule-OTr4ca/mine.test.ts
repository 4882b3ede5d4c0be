import { compile } from 'hebb'
import { checkGradient } from 'hebb/testing'
import { expect, test } from 'vitest'
import program from './mine.ts'

test('mine compiles to one training graph per layer', () => {
  const { train } = compile(program).manifest
  expect(train.graphs.map(({ name }) => name)).toEqual(program.encoder.map(({ name }) => name))
})

test('mine follows the gradient of its loss, in float64, with every stop pinned', async () => {
  expect(await checkGradient(program)).toBeLessThan(1e-6)
})
