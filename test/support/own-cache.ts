import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** What the tests of a file decode and add up is kept in a cache of its own, not in that of who runs them. */
const folder = mkdtempSync(join(tmpdir(), 'hebb-test-cache-'))
process.env.HEBB_CACHE = folder
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
