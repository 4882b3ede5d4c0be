import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildInstalled } from '../../scripts/package/build.mjs'
import { beforeTests } from './before-tests.ts'

const libraries = fileURLToPath(new URL('../../node_modules', import.meta.url))

/**
 * Before all tests: makes the package, as it is installed, for commands that tests start. It starts in a quarter of the time
 * of a clone, which translates its sources each time; that a clone comes to the same bits is tested in package.test.ts.
 */
export async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-tests-'))
  const { hebb, translations } = beforeTests(folder)
  await buildInstalled(hebb)
  symlinkSync(libraries, join(hebb, 'node_modules'))
  mkdirSync(translations)
  process.env.HEBB_TESTS = folder
  return () => {
    rmSync(folder, { recursive: true, force: true })
  }
}
