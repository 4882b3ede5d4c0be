import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildInstalled } from '../../scripts/package/build.mjs'
import { testCache } from './test-cache.ts'

/**
 * Before all tests: makes the package, as it is installed, for commands that tests start. It starts in a quarter of the time
 * of a clone, which translates its sources each time; that a clone comes to the same bits is tested in package.test.ts.
 */
export async function setup(): Promise<() => void> {
  mkdirSync(testCache, { recursive: true, mode: 0o700 })
  removeOld()
  const folder = mkdtempSync(join(testCache, `built-${process.pid}-`))
  await buildInstalled(folder)
  process.env.HEBB_TEST_PACKAGE = folder
  return () => {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What killed runs have left. */
function removeOld(): void {
  for (const name of readdirSync(testCache)) {
    const [, pid] = /^built-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(testCache, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
