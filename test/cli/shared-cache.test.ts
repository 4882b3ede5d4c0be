import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { executable, newFolder, write } from './run-hebb.ts'

/**
 * tsx keeps what it has translated below the temporary folder of everybody, and runs what it finds there, whoever has put
 * it there. hebb loads programs by tsx, and must not.
 */

/** What `hebb compile mine.ts` says with this temporary folder, if it uses tsx as tsx would have it. */
function compile(folder: string, temporary: string, trusting: boolean): string {
  const env = {
    ...process.env,
    ...{ NO_COLOR: '1', TMPDIR: temporary },
    HEBB_TRUSTS_TEMPORARY_FOLDER: trusting ? '1' : undefined,
    // Whoever has set it to nothing has not asked for that.
    TSX_DISABLE_CACHE: '',
  }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [executable, 'compile', 'mine.ts', '--out', 'bundle'],
    { cwd: folder, env, encoding: 'utf8' },
  )
  return stdout + stderr
}

/** A temporary folder of everybody in which somebody has put something else for tsx to take for `mine.ts`. */
function poisoned(folder: string, somebody: number): string {
  const honest = newFolder()
  compile(folder, honest, true)
  const [name = ''] = readdirSync(honest)
  const shared = mkdtempSync(join(tmpdir(), 'hebb-shared-'))
  onTestFinished(() => {
    rmSync(shared, { recursive: true })
  })
  chmodSync(shared, 0o777)
  for (const file of readdirSync(join(honest, name))) {
    const entry = JSON.parse(readFileSync(join(honest, name, file), 'utf8')) as { code: string }
    if (!entry.code.includes('mineAlone')) continue
    const written = spawnSync('sh', ['-c', 'mkdir -p "$0" && cat > "$0/$1"', join(shared, name), file], {
      uid: somebody,
      input: JSON.stringify({ ...entry, code: "console.log('theirs')" }),
    })
    expect([written.status, String(written.stderr)]).toEqual([0, ''])
  }
  return shared
}

const { uid } = userInfo()
const NOBODY = 65534

test.runIf(process.platform === 'linux').each([
  ['its own user', uid],
  // Only root can act as somebody else.
  ...(uid === 0 ? [['another user', NOBODY] satisfies [string, number]] : []),
])('a program is never taken from the temporary folder, where %s has put it', (_, somebody) => {
  const folder = newFolder()
  write(folder, 'mine.ts', 'const mineAlone: number = 1\nexport default mineAlone\n')
  const temporary = poisoned(folder, somebody)
  expect(compile(folder, temporary, true), 'were hebb as trusting').toContain('theirs')
  const said = compile(folder, temporary, false)
  expect(said).toContain('mine.ts')
  expect(said).not.toContain('theirs')
})
