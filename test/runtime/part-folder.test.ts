import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withPartFolder } from '../../runtime/onnxruntime/part-folder.ts'
import { thisOwner } from '../../src/base/lock-owner.ts'
import { withoutRights } from '../files/without-rights.ts'
import { refusal } from '../support/refusal.ts'
import { temporaryFolder } from './temporary-folder.ts'

const of = { name: 'cuda', command: 'npx hebb install-cuda' }
const nothing = () => Promise.resolve()

/** What a process left in a folder that was killed while it was at work. */
function remains(inside: string, owner: object): string[] {
  const name = `cuda.part-${'0'.repeat(32)}`
  mkdirSync(join(inside, name))
  writeFileSync(join(inside, name, 'half'), '')
  writeFileSync(join(inside, `${name}.json`), JSON.stringify(owner))
  return [name, `${name}.json`]
}

describe('a folder for what is not whole yet', () => {
  test('is there meanwhile, and gone afterwards, whatever happens', async () => {
    const inside = temporaryFolder()
    await withPartFolder(inside, of, (part) => {
      writeFileSync(join(part, 'half'), '')
      expect(readdirSync(inside)).toHaveLength(2)
      return Promise.resolve()
    })
    expect(readdirSync(inside)).toEqual([])
    await expect(withPartFolder(inside, of, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(readdirSync(inside)).toEqual([])
  })

  test('of a process that was killed is removed by the next one', async () => {
    const inside = temporaryFolder()
    const { pid } = spawnSync(process.execPath, ['--version'])
    remains(inside, { ...thisOwner('0'.repeat(32)), pid })
    await withPartFolder(inside, of, nothing)
    expect(readdirSync(inside)).toEqual([])
  })

  test.each([
    ['that lives', thisOwner('0'.repeat(32))],
    ['of another host', { ...thisOwner('0'.repeat(32)), pid: 2 ** 22, host: 'elsewhere' }],
    ['that is not known', {}],
  ])('of a process %s stays', async (_, owner) => {
    const inside = temporaryFolder()
    const names = remains(inside, owner)
    await withPartFolder(inside, of, nothing)
    expect(readdirSync(inside).sort()).toEqual(names)
  })

  test('that may not be made says who has to', async () => {
    const inside = temporaryFolder()
    chmodSync(inside, 0o555)
    await withoutRights(async () => {
      const told = await refusal(withPartFolder(inside, of, nothing))
      expect(told).toMatch(/^InstallError: cannot write .*: permission denied\n/)
      expect(told).toContain('Whoever may write there must run: npx hebb install-cuda')
    })
  })
})
