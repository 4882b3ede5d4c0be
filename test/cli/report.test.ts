import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { gatherRun } from '../../src/cli/report/gather.ts'
import { reportOf } from '../../src/cli/report/report-of.ts'
import { writeFewImages } from '../support/few-images.ts'
import { checkWellFormed } from '../report/well-formed.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** `hebb report`: the page of any run, of what lies in its folder. */

const folder = newFolder()
const at = (name: string) => join(folder, name)
const session = { threads: 1 }
const page = () => readFileSync(at('run/report.html'), 'utf8')

beforeAll(async () => {
  await writeFewImages(folder, 'few', { train: 200, test: 60 })
  write(folder, 'mine.ts', tinyProgram())
  const train = ['train', 'mine.ts', '--data', 'few', '--out', 'run', '--steps', '30', '--threads', '1']
  expect(await hebb(train, folder)).toMatchObject({ code: 0 })
})

/** The classes of Fashion-MNIST. */
const clothes = [
  ...['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat'],
  ...['sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
]

test('a run that nobody has probed has a page, which says how to have the rest', async () => {
  const { code, stdout, stderr } = await hebb(['report', 'run', '--threads', '1'], folder)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'run/report.html\n', stderr: '' })
  checkWellFormed(page())
  const { run, probes } = await gatherRun(at('run'), session)
  expect(probes).toBeUndefined()
  expect(run.missing).toEqual([
    {
      part: 'Accuracy and confusions',
      command: `npx hebb probe ${at('run')} --layers --json ${at('run/probe.json')}`,
    },
    {
      part: 'Alignment with backpropagation',
      command: `npx hebb align mine.ts --checkpoint ${at('run')} --json ${at('run/alignment.json')}`,
      also: 'npx hebb run … --align',
    },
  ])
  expect(run.losses.map(({ layer, points }) => [layer, points.length])).toEqual([
    ['conv1', 30],
    ['conv2', 30],
  ])
  expect(run.filters).toMatchObject({ layer: 'conv1', width: 3, height: 3, channels: 1 })
  expect(run.neighbours?.queries.map(({ query, found }) => [query.label, found.length])).toEqual(
    clothes.map((name) => [name, 8]),
  )
  expect(run.embedding?.points).toHaveLength(60)
  expect(run.embedding?.labels).toHaveLength(60)
  expect(run.layers?.map(({ layer, parameters }) => [layer, parameters])).toEqual([
    ['conv1', 20 + 8 * 8],
    ['conv2', 57 + 3 * 3],
  ])
})

test('settings have the command as it was given, and what it was run by', async () => {
  const settings = new Map((await gatherRun(at('run'), session)).run.settings)
  expect(settings.get('Begun by')).toBe('npx hebb train mine.ts --data few --out run --steps 30 --threads 1')
  expect(settings.get('Run by')).toMatch(/^hebb \d.*, node \d.*, onnxruntime \d/)
  expect(settings.get('Seed')).toBe('0')
})

test('the same folder gives the same bytes', async () => {
  const again = at('again.html')
  await reportOf(at('run'), { ...session, out: again })
  const once = readFileSync(again, 'utf8')
  await reportOf(at('run'), { ...session, out: again })
  expect(readFileSync(again, 'utf8')).toBe(once)
})

test('the command of the page trains the same bits again, of the run and its data alone', async () => {
  const { run } = await gatherRun(at('run'), session)
  const [, , ...words] = run.command?.split(' ') ?? []
  rmSync(at('mine.ts'))
  expect(await hebb(words, folder)).toMatchObject({ code: 0 })
  const checkpoint = (name: string) => readFileSync(at(`${name}/checkpoint.safetensors`))
  expect(checkpoint('run-again').equals(checkpoint('run'))).toBe(true)
})

test('what was probed and aligned of the last checkpoint is on the page, with what each class is taken for', async () => {
  const probe = ['probe', 'run', '--layers', '--epochs', '1', '--labels', '2', '--threads', '1']
  expect(await hebb([...probe, '--json', 'run/probe.json'], folder)).toMatchObject({ code: 0 })
  write(folder, 'mine.ts', tinyProgram())
  const align = ['align', 'mine.ts', '--checkpoint', 'run', '--batches', '2', '--threads', '1']
  expect(await hebb([...align, '--json', 'run/alignment.json'], folder)).toMatchObject({ code: 0 })
  await reportOf(at('run'), session)
  checkWellFormed(page())
  const { run, probes } = await gatherRun(at('run'), session)
  expect(run.missing).toEqual([])
  expect(run.alignment?.layers.map(({ layer }) => layer)).toEqual(['conv1', 'conv2'])
  expect(run.confusions?.map(({ probe }) => probe)).toEqual(['linear probe on global averages of all layers'])
  expect(run.alignment?.layers.map(({ byConstruction }) => byConstruction)).toEqual([false, true])
  expect(run.alignment?.meanOfOthers?.cosine).toEqual(run.alignment?.layers[0]?.cosine)
  expect(run.commands?.map(({ command }) => command)).toEqual([
    `npx hebb probe ${at('run')} --layers --k 10 --labels 2 --epochs 1 --seed 0 --json ${at('run/probe.json')}`,
    `npx hebb align mine.ts --checkpoint ${at('run')} --batches 2 --seed 0 --json ${at('run/alignment.json')}`,
  ])
  const [confusion] = run.confusions ?? []
  const right = confusion?.counts.reduce((sum, row, label) => sum + (row[label] ?? NaN), 0) ?? NaN
  const trained = probes?.encoders.find(({ encoder }) => encoder === 'trained')
  expect(right / 60).toBe(trained?.results.find(({ probe }) => probe === 'average')?.linear)
  expect(run.accuracy?.rows.map(({ name }) => name)).toEqual([
    'raw pixels',
    'conv1, untrained',
    'conv2, untrained',
    'conv1',
    'conv2',
  ])
  // Their figures, which the program's own averages stand beside: bold is the best of all.
  const pixels = probes?.encoders[0]?.results[0]?.linear ?? NaN
  const linear = trained?.results.find(({ probe }) => probe === 'average')?.linear ?? NaN
  expect(page()).toMatch(
    new RegExp(
      `raw pixels</th>(<td[^>]*>[\\d.]+</td>)<td class="number${pixels >= linear ? ' best' : ''}">${(100 * pixels).toFixed(1)}<`,
    ),
  )
  expect(page()).toContain('<dt>Judged on</dt><dd>the test images, 60 in all')
  for (const name of ['raw pixels', 'untrained', 'tiny']) expect(page()).toContain(`${name}</th>`)
})

test('what was probed of another checkpoint is not shown as of this one, though it is of the same step', async () => {
  const probe = at('run/probe.json')
  const text = readFileSync(probe, 'utf8')
  writeFileSync(probe, text.replace(/("checkpoint": ?")[0-9a-f]{8}/, '$100000000'))
  const { run, probes } = await gatherRun(at('run'), session)
  expect(probes).toBeUndefined()
  expect(run.missing?.map(({ why }) => why)).toEqual([
    'probe.json is of another checkpoint of that step, the run is at step 30',
  ])
  writeFileSync(probe, text)
})

test('what was probed on other images than those of the run is shown as of these', async () => {
  const train = ['train', 'mine.ts', '--data', 'few', '--out', 'twin', '--steps', '30', '--threads', '1']
  expect(await hebb([...train, '--seed', '1'], folder)).toMatchObject({ code: 0 })
  await writeFewImages(folder, 'others', { train: 70, test: 70 })
  const probe = [
    'probe',
    'twin',
    '--data',
    'others',
    '--layers',
    '--epochs',
    '1',
    '--labels',
    '2',
    '--threads',
    '1',
  ]
  expect(await hebb([...probe, '--json', 'twin/probe.json'], folder)).toMatchObject({ code: 0 })
  const others = await gatherRun(at('twin'), session)
  expect(others.run.accuracy?.caption).toContain(`the test images of ${at('others')} in %`)
  expect((await gatherRun(at('run'), session)).run.accuracy?.caption).toContain('the test images in %')
})

test('what was probed of an earlier checkpoint is not shown as of this one', async () => {
  const train = ['train', '--resume', '--out', 'run', '--steps', '40']
  expect(await hebb(train, folder)).toMatchObject({ code: 0 })
  const { run, probes } = await gatherRun(at('run'), session)
  expect(probes).toBeUndefined()
  expect(run.alignment).toBeUndefined()
  expect(run.missing?.map(({ why }) => why)).toEqual([
    'probe.json is of step 30, the run is at step 40',
    'alignment.json is of step 30, the run is at step 40',
  ])
  expect(run.command?.split(' &&\n')[1]).toBe(`npx hebb train --resume --out ${at('run')}-again --steps 40`)
})

test('a run whose images are gone or changed has a page without them, which says so', async () => {
  await writeFewImages(folder, 'few', { train: 180, test: 60 })
  const part = 'Neighbours and embedding'
  const command = `npx hebb report ${at('run')} --data FOLDER`
  expect((await gatherRun(at('run'), session)).run.missing).toContainEqual({
    ...{ part, command },
    why: `${at('few')} no longer holds the images that the run was trained on`,
  })
  rmSync(at('few'), { recursive: true })
  const { run } = await gatherRun(at('run'), session)
  expect(run.missing).toContainEqual({ part, command, why: `no folder ${at('few')}` })
  expect(run.embedding).toBeUndefined()
  expect(run.filters).toBeDefined()
})

test('images that lie elsewhere now are shown where --data names them, and others are refused', async () => {
  await writeFewImages(folder, 'moved', { train: 200, test: 60 })
  await writeFewImages(folder, 'others', { train: 180, test: 60 })
  const report = (data: string) => hebb(['report', 'run', '--data', data, '--threads', '1'], folder)
  expect(await report('moved')).toMatchObject({ code: 0, stdout: 'run/report.html\n' })
  expect(page()).toContain('<h2>Nearest neighbours</h2>')
  expect(page()).toContain('npx hebb report run <span class="flag">--data</span> moved')
  const others = await report('others')
  expect(others).toMatchObject({ code: 1, stdout: '' })
  expect(others.stderr).toMatch(/others does not hold the images that the run was trained on\n.*--data/)
  expect((await report('nowhere')).stderr).toContain('no folder nowhere')
})

test.each(['probe', 'evaluate'])('hebb %s of a run whose images are gone names --data', async (command) => {
  const { code, stderr } = await hebb([command, 'run'], folder)
  expect(code).toBe(1)
  expect(stderr).toContain('where its images lie elsewhere now: --data PATH')
})

test.each([
  ['no run', (name: string) => write(folder, `${name}/notes.md`, ''), 'is not the folder of a run'],
  [
    'a damaged checkpoint',
    (name: string) => {
      cpSync(at('run'), at(name), { recursive: true })
      const path = at(`${name}/checkpoint.safetensors`)
      const bytes = readFileSync(path)
      writeFileSync(path, bytes.fill(0, 8 + Number(bytes.readBigUInt64LE()), bytes.length))
    },
    'is not as it was written',
  ],
  [
    'figures of something else',
    (name: string) => {
      cpSync(at('run'), at(name), { recursive: true })
      writeFileSync(at(`${name}/probe.json`), '{"step":')
    },
    'is not what hebb probe --json writes',
  ],
])('of a folder with %s it says what is wrong', async (what, make, problem) => {
  const name = what.replaceAll(' ', '-')
  make(name)
  const { code, stdout, stderr } = await hebb(['report', name], folder)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(problem)
})

test('a page that is not one of ours stays', async () => {
  write(folder, 'run/report.html', 'years of work')
  const { code, stderr } = await hebb(['report', 'run'], folder)
  expect(code).toBe(1)
  expect(stderr).toContain('report.html is there, and no report of hebb: it would be lost')
  expect(page()).toBe('years of work')
})
