import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCheckpoint, saveCheckpoint } from '../../runtime/files/checkpoint.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { batchNorm, compile, conv, layer, local, program, rule, sgd } from '../../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('what only features read, such as a norm above a Hebbian layer, is beside what training keeps', () => {
  const bundle = compile(
    program({
      input: { channels: 1, size: 4 },
      batch: 2,
      encoder: [layer('one', conv(2), batchNorm())],
      learn: local(
        rule('hebb', ({ correlate, preactivation }) => ({
          updates: { weight: correlate(preactivation.rows) },
        })),
      ),
      optimizer: sgd({ lr: 0.1 }),
    }),
  )
  const path = join(temporaryFolder(), 'checkpoint.safetensors')
  const { manifest } = bundle
  saveCheckpoint(path, { values: initialValues(manifest.train, 3), step: 1, totalSteps: 2, seed: 3 }, bundle)
  const { values } = loadCheckpoint(path, bundle)
  expect(
    [...manifest.encode.parameters, ...manifest.encode.states].filter(({ name }) => !values.has(name)),
  ).toEqual([])
  expect([...(values.get('one.scale')?.data ?? [])]).toEqual([1, 1])
})
