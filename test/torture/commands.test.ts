import { expect, test } from 'vitest'
import { allLines } from '../../bench/torture/commands/lines.ts'
import { leaves } from '../../bench/torture/commands/tree.ts'
import { torture } from '../../bench/torture/commands/commands.ts'
import { briefly } from './briefly.ts'

const linux = process.platform === 'linux'

test.runIf(linux)(
  'an odd command line ends with a code that help documents, and without a stack trace',
  async () => {
    expect((await torture(briefly(6))).violations).toEqual([])
  },
  240_000,
)

test('every flag of every command is tried', () => {
  const tried = allLines().map(({ words }) => words.join(' '))
  for (const { path, flags } of leaves())
    for (const { name } of flags)
      expect(
        tried.some((line) => line.startsWith(path.join(' ')) && line.includes(name)),
        `${path.join(' ')} ${name}`,
      ).toBe(true)
})
