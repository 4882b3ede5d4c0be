import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { absent } from '../support/shell.ts'
import { writeFewImages } from '../support/few-images.ts'
import { executable, hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** A training as a hardened container runs it. */

const folder = newFolder()
/** Nobody of this system. */
const USER = '54321'
const asNobody = ['setpriv', '--reuid', USER, '--regid', USER, '--clear-groups'] as const

/** Why it cannot be tried here; undefined where it can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'Linux'
  const missing = absent('unshare', 'setpriv', 'taskset', 'mount')
  if (missing.length > 0) return missing.join(', ')
  if (spawnSync('unshare', ['--mount', 'mount', '--make-rprivate', '/']).status !== 0)
    return 'the right to mount'
  const [command, ...words] = asNobody
  return spawnSync(command, [...words, process.execPath, '--check', executable]).status === 0
    ? undefined
    : 'a clone that others may read'
}
const needed = obstacle()

/** The first core that this process may use. */
const core = (): string =>
  /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'

/** Runs a command where all but one folder is read-only, by nobody, without home or temporary folder, on one core. */
function hardened(words: readonly string[], show: readonly string[]) {
  const script = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none /mnt
cp -r "$1"/* /mnt
mkdir /mnt/out
chown ${USER} /mnt/out
mount -o remount,bind,ro /
cd /mnt
shift
taskset -c ${core()} ${asNobody.join(' ')} env -i PATH="$PATH" TMPDIR=/nowhere "$@"
cat ${show.map((name) => `/mnt/out/${name}`).join(' ')}`
  const command = ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath, executable, ...words]
  const { status, stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe.skipIf(needed !== undefined)(
  `a read-only system, no home, no temporary folder, nobody, one core${needed === undefined ? '' : `, which needs ${needed}`}`,
  () => {
    beforeAll(async () => {
      write(folder, 'mine.ts', tinyProgram())
      await writeFewImages(folder, 'few', { train: 60, test: 20 })
      await hebb(['compile', 'mine.ts', '--out', 'bundle'], folder)
    })

    test('are enough to train, in one thread', () => {
      const words = ['train', 'bundle', '--data', 'few', '--out', 'out/run', '--steps', '3']
      const { status, stdout, stderr } = hardened(words, ['run/run.json'])
      expect(status, stderr).toBe(0)
      expect(stdout).toMatch(/^trained 3 steps in /)
      expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({ totalSteps: 3, threads: 1 })
    })

    test('are told only where something must be written', () => {
      const words = ['train', 'bundle', '--data', 'few', '--out', 'elsewhere', '--steps', '3']
      const { status, stderr } = hardened(words, [])
      expect(status).toBe(1)
      expect(stderr).toMatch(/^FileError: cannot write elsewhere: permission denied/m)
    })
  },
)
