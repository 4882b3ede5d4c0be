import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { placeForFile } from '../../src/cli/outputs.ts'
import { requireBundlePlace } from '../../src/bundle/write-bundle.ts'
import { newFolder } from './run-hebb.ts'

/** A name that the system takes, but not with what is added to it while the file is written. */
const long = 'a'.repeat(240)

test.runIf(process.platform === 'linux').each([
  ['a file', placeForFile],
  ['a bundle', requireBundlePlace],
])('the place of %s has a name that it can be written under, or that is told before any work', (_, place) => {
  const folder = newFolder()
  expect(() => place(join(folder, long))).toThrow(`${long}: the path is too long`)
  expect(place(join(folder, 'short'))).toBe(join(folder, 'short'))
  expect(readdirSync(folder)).toEqual([])
})
