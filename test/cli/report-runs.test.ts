import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { gatherRun } from '../../src/cli/report/gather.ts'
import { reportData } from '../../src/cli/report/report-of.ts'
import { writeFewImages } from '../support/few-images.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** `hebb report A B C`: runs on one page, which are compared as far as they were probed alike. */

const folder = newFolder()
const at = (name: string) => join(folder, name)
const seeds = ['a', 'b', 'otherwise', 'unprobed']
const ran = (out: string, data = 'few') => [
  ...['run', 'mine.ts', '--data', data, '--out', out, '--steps', '2', '--threads', '1'],
  ...['--seed', String(seeds.indexOf(out)), '--probe-epochs', '1', '--labels', '1'],
]

beforeAll(async () => {
  await writeFewImages(folder, 'few', { train: 60, test: 60 })
  write(folder, 'mine.ts', tinyProgram())
  const trained = ['train', 'mine.ts', '--data', 'few', '--out', 'unprobed', '--steps', '2', '--threads', '1']
  for (const command of [
    ran('a'),
    [...ran('b'), '--no-report'],
    [...ran('otherwise'), '--k', '3', '--no-report'],
    trained,
  ])
    expect(await hebb(command, folder)).toMatchObject({ code: 0 })
})

const reported = async (...runs: readonly string[]) => {
  const folders = runs.map(at)
  const gathered = []
  for (const run of folders) gathered.push(await gatherRun(run, { threads: 1 }))
  return reportData(gathered, folders)
}

test('runs that were probed alike share a table; others are named there, with the reason', async () => {
  const { table, tableNotes, runs } = await reported('otherwise', 'a', 'unprobed', 'b')
  const [otherwise, a, unprobed, b] = ['otherwise', 'a', 'unprobed', 'b'].map((name) => `tiny (${at(name)})`)
  expect(table?.rows.map(({ name }) => name)).toEqual([
    ...['raw pixels', `${a ?? ''}, untrained`, `${b ?? ''}, untrained`],
    ...[a, b],
  ])
  expect(table?.measured?.[0]).toEqual(['kNN', 'the 10 training images nearest by cosine vote'])
  expect(table?.caption).toBe('Accuracy on the test images in %, one run a row.')
  expect(tableNotes).toEqual([
    `${unprobed ?? ''} is not in the table: it was not probed after its 2 steps.`,
    `${otherwise ?? ''} is not in the table: it was probed otherwise (neighbours 3, not 10). Its own figures are with its run.`,
  ])
  expect(runs.map(({ results }) => results?.measured?.[0]?.[1])).toEqual([
    'the 3 training images nearest by cosine vote',
    ...[undefined, undefined, undefined],
  ])
})

test('a run by hebb run says that command, and how it would measure alignment', async () => {
  const { run } = await gatherRun(at('a'), { threads: 1 })
  expect(run.commands?.at(-1)?.command).toMatch(/^npx hebb run mine\.ts --data few --out a /)
  expect(run.missing).toEqual([
    {
      part: 'Alignment with backpropagation',
      command: `npx hebb align mine.ts --checkpoint ${at('a')} --json ${at('a/alignment.json')}`,
      also: `${run.commands?.at(-1)?.command ?? ''} --align`,
    },
  ])
})

test('hebb run with --data where the images lie now has neighbours on its page', async () => {
  renameSync(at('few'), at('moved'))
  const { code, stderr } = await hebb(ran('a', 'moved'), folder)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(readFileSync(at('a/report.html'), 'utf8')).toContain('<h2>Nearest neighbours</h2>')
})
