import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildInstalled } from '../scripts/package/build.mjs'
import { version } from '../src/base/version.ts'
import { stepsOf } from './support/document.ts'
import { writeFewImages } from './support/few-images.ts'
import { executable, newFolder, tinyProgram, write } from './cli/run-hebb.ts'

/** The sources as JavaScript, as a package has them: what a clone does with TypeScript, it does alike. */

const project = new URL('..', import.meta.url).pathname
/** Where what it depends on is found. */
const installed = join(project, 'node_modules/.cache', `hebb-${process.pid}`)
const folder = newFolder()
const node = async (...words: readonly string[]) =>
  (
    await promisify(execFile)(process.execPath, words, {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
    })
  ).stdout
const hebb = (...words: readonly string[]) => node(join(installed, 'dist/bin/hebb.mjs'), ...words)

beforeAll(async () => {
  buildInstalled(installed)
  write(folder, 'mine.ts', tinyProgram())
  await writeFewImages(folder, 'few', { train: 60, test: 20 })
})
afterAll(() => {
  rmSync(installed, { recursive: true, force: true })
})

test('says its version', async () => {
  expect(await hebb('--version')).toBe(`${version}\n`)
})

test('compiles a program to the same bytes, with the same lines of rules in its graphs', async () => {
  await hebb('compile', 'mine.ts', '--out', 'packaged')
  await node(executable, 'compile', 'mine.ts', '--out', 'cloned')
  const names = readdirSync(join(folder, 'cloned'))
  expect(names.length).toBeGreaterThan(3)
  expect(readdirSync(join(folder, 'packaged'))).toEqual(names)
  for (const name of names)
    expect([name, readFileSync(join(folder, 'packaged', name))]).toEqual([
      name,
      readFileSync(join(folder, 'cloned', name)),
    ])
})

test('trains, in threads too, and probes', async () => {
  const train = ['train', 'packaged', '--data', 'few', '--out', 'run', '--steps', '3', '--threads', '1']
  expect(await hebb(...train, '--workers', '2')).toMatch(/^trained 3 steps in /)
  expect(await hebb('probe', 'run', '--epochs', '1', '--labels', '1')).toMatch(/^global averages +trained /m)
})

test("is imported by its names, by Node.js alone: 'hebb/runtime' trains a bundle", async () => {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(installed, join(folder, 'node_modules/hebb'))
  write(
    folder,
    'app.mjs',
    `import { train } from 'hebb/runtime'
import { program } from 'hebb'
import { clapp } from 'hebb/rules'

const { step } = await train({ bundle: 'packaged', data: 'few', out: 'alone', steps: 2, threads: 1 })
console.log(step, typeof program, typeof clapp)
`,
  )
  expect(await node('app.mjs')).toBe('2 function function\n')
})

test("'hebb/runtime' is enough to train: it loads neither the compiler nor a loader of TypeScript", async () => {
  const document = readFileSync(join(project, 'docs/running.md'), 'utf8')
  const shown = stepsOf(document).find((step) => step.kind === 'file' && step.name === 'train.mjs')
  write(folder, 'train.mjs', shown?.kind === 'file' ? shown.text : '')
  cpSync(join(folder, 'packaged'), join(folder, 'bundles/mine'), { recursive: true })
  cpSync(join(folder, 'few'), join(folder, 'data/fashion-mnist'), { recursive: true })
  write(
    folder,
    'note-loads.mjs',
    `import { appendFileSync } from 'node:fs'
import { register } from 'node:module'
if (!import.meta.url.endsWith('#hooks')) register(import.meta.url + '#hooks')
export const load = (url, context, next) => {
  appendFileSync('loads.txt', url + '\\n')
  return next(url, context)
}
`,
  )
  const printed = await node('--import', './note-loads.mjs', 'train.mjs')
  // Two epochs of 60 images are 6 batches: the loop ends before it is left, and nothing is left to do.
  expect(printed).toContain('step: 6,')
  expect(printed).toContain('stopped: false')
  const loads = readFileSync(join(folder, 'loads.txt'), 'utf8').split('\n')
  expect(loads.some((url) => url.endsWith('/dist/runtime/index.js'))).toBe(true)
  const parts = loads.flatMap(
    (url) => /\/dist\/(src\/(?!base\/|bundle\/)|rules\/|bin\/).*/.exec(url)?.[0] ?? [],
  )
  expect(parts).toEqual([])
  expect(loads.filter((url) => /\/node_modules\/(tsx|esbuild|typescript|commander)\//.test(url))).toEqual([])
})
