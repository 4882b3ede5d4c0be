import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { torture } from '../../bench/torture/outside/outside.ts'
import { changes, snapshot } from '../../bench/torture/outside/snapshot.ts'
import { newFolder } from '../cli/run-hebb.ts'
import { briefly } from './briefly.ts'

const linux = process.platform === 'linux'

// A program trained by two workers writes what any command writes, and a temporary bundle.
test.runIf(linux)(
  'training leaves no byte outside of its own folder',
  async () => {
    expect((await torture(briefly(1, { only: 2 }))).violations).toEqual([])
  },
  240_000,
)

test('what is made, changed or removed is seen', () => {
  const folder = newFolder()
  const at = (name: string) => join(folder, name)
  mkdirSync(at('kept'))
  for (const name of ['kept/same', 'changed', 'removed']) writeFileSync(at(name), 'before')
  const before = snapshot([folder])
  expect(changes(before, snapshot([folder]))).toEqual([])
  writeFileSync(at('changed'), 'afterwards')
  writeFileSync(at('kept/made'), 'new')
  rmSync(at('removed'))
  expect(changes(before, snapshot([folder]))).toEqual(
    expect.arrayContaining([
      { path: at('changed'), bytes: 10 },
      { path: at('kept/made'), bytes: 3 },
      { path: at('removed'), bytes: 6 },
    ]),
  )
})
