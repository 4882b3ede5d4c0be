import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeFewImages } from '../support/few-images.ts'
import { requireSameRun } from '../../src/cli/run/same-run.ts'
import { openRun } from '../../runtime/files/run-folder.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** `hebb run`: trains, probes and measures; asked again, it goes on with what is not done yet. */

const folder = newFolder()
const words = (out: string, ...more: readonly string[]) => [
  ...['run', 'mine.ts', '--data', 'few', '--out', out, '--threads', '1'],
  ...['--probe-epochs', '1', '--labels', '1', '--steps', '3', '--no-report', ...more],
]
const aligned = ['--align', '--align-batches', '1']
const bytes = (run: string, name: string) => readFileSync(join(folder, run, name))

beforeAll(async () => {
  write(folder, 'mine.ts', tinyProgram())
  write(folder, 'other.ts', tinyProgram({ learn: 'global(clappPlusPlus(7))' }))
  await writeFewImages(folder, 'few', { train: 60, test: 60 })
  await writeFewImages(folder, 'others', { train: 61, test: 60 })
  write(
    folder,
    'reader.ts',
    `import { readFileSync } from 'node:fs'
import { dataset } from 'hebb/runtime'

const images = readFileSync('few/train-images-idx3-ubyte').subarray(16)
export default dataset({
  name: 'without labels',
  count: 60,
  shape: [1, 28, 28],
  read: (indices, into) => {
    indices.forEach((index, row) => into.set(images.subarray(784 * index, 784 * (index + 1)), 784 * row))
  },
})
`,
  )
  expect(await hebb(words('whole', ...aligned), folder)).toMatchObject({ code: 0 })
})

test('a run leaves what hebb train does, probes of every layer and its alignment, and tells them', async () => {
  expect(readdirSync(join(folder, 'whole'))).toEqual(
    expect.arrayContaining([
      'alignment.json',
      'checkpoint.safetensors',
      'metrics.jsonl',
      'probe.json',
      'run.json',
    ]),
  )
  const { record } = openRun(join(folder, 'whole'))
  expect(record.command).toEqual(expect.arrayContaining(['run', '--align']))
  const again = await hebb(words('whole', ...aligned), folder)
  expect(again.stdout).toMatch(/^tiny after step 3 of 3, accuracy on the test images in %$/m)
  for (const features of ['global averages', 'conv1.average', 'conv2.average'])
    expect(again.stdout).toMatch(new RegExp(`^${features} +trained +\\d+( +\\d+\\.\\d){3} ±`, 'm'))
  expect(again.stdout).toMatch(
    /^Cosine of each update with backpropagation's: conv1 -?\d\.\d+, conv2 1\.000$/m,
  )
})

test('asked again, it does nothing twice', async () => {
  const files = ['alignment.json', 'checkpoint.safetensors', 'metrics.jsonl', 'probe.json', 'run.json']
  const before = files.map((name) => bytes('whole', name))
  const { code, stderr } = await hebb(words('whole', ...aligned), folder)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(files.map((name) => bytes('whole', name))).toEqual(before)
})

test('stopped at any stage, the same command comes to the same files', async () => {
  const { probe } = { probe: bytes('whole', 'probe.json') }
  // In training, after it, and where probes are those of an earlier checkpoint.
  const train = ['train', 'mine.ts', '--data', 'few', '--out', 'part', '--steps', '1', '--threads', '1']
  expect(await hebb(train, folder)).toMatchObject({ code: 0 })
  expect(
    await hebb(['probe', 'part', '--epochs', '1', '--labels', '1', '--json', 'part/probe.json'], folder),
  ).toMatchObject({ code: 0 })
  expect(await hebb(['train', '--resume', '--out', 'part', '--steps', '3'], folder)).toMatchObject({
    code: 0,
  })
  expect(await hebb(words('part'), folder)).toMatchObject({ code: 0 })
  expect(bytes('part', 'probe.json').equals(probe)).toBe(true)
  rmSync(join(folder, 'part/probe.json'))
  expect(await hebb(words('part'), folder)).toMatchObject({ code: 0 })
  expect(bytes('part', 'probe.json').equals(probe)).toBe(true)
})

test('the page of a run is written once, and again where the run has changed', async () => {
  const command = words('part').filter((word) => word !== '--no-report')
  const { code, stdout } = await hebb(command, folder)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^The report: part\/report\.html$/m)
  const page = bytes('part', 'report.html')
  expect(page.toString()).toContain('<title>tiny</title>')
  rmSync(join(folder, 'part/report.html'))
  expect(await hebb(command, folder)).toMatchObject({ code: 0 })
  expect(bytes('part', 'report.html').equals(page)).toBe(true)
})

test('what is asked anew is measured anew', async () => {
  const before = bytes('whole', 'probe.json')
  const { code } = await hebb(words('whole', '--k', '3'), folder)
  expect(code).toBe(0)
  expect(JSON.parse(bytes('whole', 'probe.json').toString())).toMatchObject({ settings: { k: 3 } })
  expect(bytes('whole', 'probe.json').equals(before)).toBe(false)
})

test.each([
  [
    'another program',
    ['run', 'other.ts', '--data', 'few', '--out', 'whole', '--steps', '3'],
    /is a run of another program \('tiny'\) than other\.ts\n[^]*another folder/,
  ],
  ['another seed', words('whole', '--seed', '4'), /was begun with seed 0, not 4\n[^]*--seed 0/],
  [
    'another length',
    words('whole').map((word) => (word === '3' ? '5' : word)),
    /is a run of 3 steps, not 5\n[^]*hebb train --resume --out whole --steps 5/,
  ],
  [
    'other images',
    words('whole').map((word) => (word === 'few' ? 'others' : word)),
    /others no longer holds the images that whole was started with\n[^]*--data/,
  ],
  ['another split', words('whole', '--split', 'test'), /was started with the split train, not test/],
  [
    'another start',
    words('whole', '--init', 'whole'),
    /started with weights of the seed, not of .*whole\/checkpoint\.safetensors, SHA-256 [0-9a-f]{8}…\n/,
  ],
  [
    'figures that are not its own',
    words('odd'),
    /odd\/probe\.json is not what hebb probe --json writes: it is not JSON/,
  ],
])('in a folder of %s it writes nothing, and says what to do', async (_what, command, expected) => {
  if (command.includes('odd')) {
    await hebb(
      ['train', 'mine.ts', '--data', 'few', '--out', 'odd', '--steps', '3', '--threads', '1'],
      folder,
    )
    write(folder, 'odd/probe.json', 'years of work')
  }
  const { code, stderr } = await hebb(command, folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(expected)
  if (existsSync(join(folder, 'odd'))) expect(bytes('odd', 'probe.json').toString()).toBe('years of work')
})

test('that started with weights goes on by the same command, and not with others of the same name', async () => {
  const command = words('given', '--init', 'weights.safetensors')
  cpSync(join(folder, 'whole/checkpoint.safetensors'), join(folder, 'weights.safetensors'))
  expect(await hebb(command, folder)).toMatchObject({ code: 0 })
  expect(await hebb(command, folder)).toMatchObject({ code: 0 })
  cpSync(join(folder, 'given/checkpoint.safetensors'), join(folder, 'weights.safetensors'))
  const { code, stderr } = await hebb(command, folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(/given started with weights of .*, not of .*\n[^]*as it was/)
})

test('of a program at another option, the option is named', () => {
  const run = openRun(join(folder, 'whole'))
  const at = (lr: number) => ({ lr, sizes: [1, 2] })
  const begun = { ...run, record: { ...run.record, options: at(0.1) } }
  const { manifest } = run.bundle
  const given = {
    ...run.bundle,
    identity: 'another',
    manifest: { ...manifest, program: { ...manifest.program, options: at(0.2) } },
  }
  const wanted = { out: 'whole', steps: 3 }
  expect(() => {
    requireSameRun(begun, wanted, given, 'mine.ts')
  }).toThrow(/whole was begun with lr=0\.1, not lr=0\.2\n[^]*--set lr=0\.1, or choose another folder/)
})

test('what training would have to be told before is told to come too late', async () => {
  const { code, stderr } = await hebb(words('whole', '--probe-every', '1', '--keep', '2'), folder)
  expect(code).toBe(0)
  expect(stderr).toContain(
    'tiny is trained already: --probe-every, --keep came too late, and changed nothing',
  )
})

test('labels that are too few for its probes are told of before it is trained', async () => {
  const { code, stderr } = await hebb(
    words('few-labels').map((word, i, all) => (all[i - 1] === '--labels' ? '99' : word)),
    folder,
  )
  expect(code).toBe(1)
  expect(stderr).toMatch(/class 0 has \d+ images, fewer than 99/)
  expect(existsSync(join(folder, 'few-labels/run.json'))).toBe(false)
})

test('images without labels train; that there are no probes is told', async () => {
  const command = ['run', 'mine.ts', '--data', 'reader.ts', '--out', 'unlabelled-run', '--steps', '2']
  const { code, stdout } = await hebb(command, folder)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^no probes: .*reader\.ts.* no (labels|test images)/m)
  expect(existsSync(join(folder, 'unlabelled-run/probe.json'))).toBe(false)
})

test('a bundle has no updates to compare with backpropagation', async () => {
  const { code, stderr } = await hebb(
    ['run', 'whole/bundle', '--data', 'few', '--out', 'x', '--align'],
    folder,
  )
  expect(code).toBe(2)
  expect(stderr).toContain('--align is of programs')
})
