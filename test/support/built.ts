import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { buildInstalled } from '../../scripts/package/build.mjs'
import { beforeTests } from './before-tests.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Makes the package, as it is installed, for commands and threads that tests start. It starts in a quarter of the time of a
 * clone, which translates its sources each time; that a clone comes to the same bits is tested in package.test.ts.
 */
export async function build(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-tests-'))
  const { hebb, translations } = beforeTests(folder)
  await buildInstalled(hebb)
  symlinkSync(join(project, 'node_modules'), join(hebb, 'node_modules'))
  mkdirSync(translations)
  process.env.HEBB_TESTS = folder
  return () => {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Before all tests, once: vitest asks for each of its projects, and so do tests that a test of ours runs. Those of a user's
 * rules, below another root, need no package.
 */
export async function setup({ config }: TestProject): Promise<(() => void) | undefined> {
  const isMade = process.env.HEBB_TESTS !== undefined
  return isMade || resolve(config.root) !== resolve(project) ? undefined : build()
}
