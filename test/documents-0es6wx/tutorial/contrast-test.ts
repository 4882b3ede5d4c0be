import { checkGradient } from 'hebb/testing'
import { expect, test } from 'vitest'
import program from './contrast.ts'

test('the gradient is that of the loss', async () => {
  expect(await checkGradient(program)).toBeLessThan(1e-6)
})
