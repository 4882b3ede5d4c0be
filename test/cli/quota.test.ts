import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFewImages } from '../support/few-images.ts'
import { packaged, newFolder, tinyProgram, write } from './run-hebb.ts'

/** A control group of the kernel's own, where the test may make one. */

const root = '/sys/fs/cgroup'
/** Folders of the hierarchies that limit CPUs, and what a core and a half is there. */
const hierarchies = [
  { parent: join(root, 'cpu'), limit: { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '150000' } },
  { parent: root, limit: { 'cpu.max': '150000 100000' } },
]

interface Group {
  readonly folder: string
  readonly limit: Readonly<Record<string, string>>
}

/** One that holds what is put into it to a core and a half. */
function makeGroup(): Group | undefined {
  for (const { parent, limit } of hierarchies) {
    const folder = join(parent, `hebb-test-${process.pid}`)
    try {
      mkdirSync(folder)
    } catch {
      continue
    }
    if (Object.keys(limit).every((name) => existsSync(join(folder, name)))) return { folder, limit }
    rmdirSync(folder)
  }
  return undefined
}

const group = makeGroup()
const enough = availableParallelism() > 1
const needed = group === undefined ? 'the right to make a control group' : enough ? '' : 'two cores'

afterAll(() => {
  if (group) rmdirSync(group.folder)
})

describe.skipIf(needed !== '')(
  `a quota of a core and a half${needed === '' ? '' : `, which needs ${needed}`}`,
  () => {
    const folder = newFolder()
    beforeAll(async () => {
      if (group)
        for (const [name, text] of Object.entries(group.limit)) writeFileSync(join(group.folder, name), text)
      write(folder, 'mine.ts', tinyProgram())
      await writeFewImages(folder, 'few', { train: 60, test: 20 })
    })

    const recordOf = (out: string, script: string): unknown => {
      const words = ['train', 'mine.ts', '--data', 'few', '--out', out, '--steps', '1', '--quiet']
      const place = group?.folder ?? ''
      const command = ['-c', script, place, process.execPath, packaged, ...words]
      const { status, stderr } = spawnSync('sh', command, { cwd: folder, encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      const record: unknown = JSON.parse(readFileSync(join(folder, out, 'run.json'), 'utf8'))
      return record
    }

    test('is a thread for each operation, where more cores are there', () => {
      expect(recordOf('limited', 'echo $$ > "$0/cgroup.procs" && exec "$@"')).toMatchObject({ threads: 1 })
      expect(recordOf('free', 'exec "$@"')).not.toMatchObject({ threads: 1 })
    })
  },
)
