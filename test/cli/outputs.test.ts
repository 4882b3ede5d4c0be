import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { placeForFile, placeForNewFile } from '../../src/cli/outputs.ts'
import { requireBundlePlace } from '../../src/bundle/write-bundle.ts'
import { UserError } from '../../src/base/error.ts'
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

test('a place below something that is no folder is told, that of a new file, too', () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'file'), '')
  const below = join(folder, 'file', 'below')
  for (const place of [placeForFile, (path: string) => placeForNewFile(path, false)]) {
    expect(() => place(below)).toThrow(UserError)
    expect(() => place(below)).toThrow(`cannot write ${below}: a part of the path is not a folder`)
  }
})
