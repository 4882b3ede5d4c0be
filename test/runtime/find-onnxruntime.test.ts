import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { findOnnxruntime, onnxruntimeVersion } from '../../runtime/onnxruntime/find.ts'
import { wantedVersion } from '../../runtime/onnxruntime/wanted.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Which onnxruntime-node runs the graphs. */

afterEach(() => {
  vi.unstubAllEnvs()
})

test('that of the version that hebb is made for, where nothing else is said', () => {
  vi.stubEnv('HEBB_ONNXRUNTIME', '')
  expect(onnxruntimeVersion()).toBe(wantedVersion())
})

test('that which the environment names, of another version, too', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'onnxruntime-node', version: '1.29.0' }))
  vi.stubEnv('HEBB_ONNXRUNTIME', folder)
  expect(findOnnxruntime()).toBe(folder)
  expect(onnxruntimeVersion()).toBe('1.29.0')
})

test('is told where the environment names none', () => {
  const folder = temporaryFolder()
  vi.stubEnv('HEBB_ONNXRUNTIME', folder)
  expect(() => findOnnxruntime()).toThrow(/HEBB_ONNXRUNTIME is .*, which holds no onnxruntime-node/)
})
