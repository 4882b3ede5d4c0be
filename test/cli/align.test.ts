import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fewImages } from '../support/few-images.ts'
import { hebb, newFolder, startHebb, tinyProgram, withoutCounts, write } from './run-hebb.ts'

const folder = newFolder()

/** The first training images of Fashion-MNIST, as a data set of its own. */
async function writeFew(count: number): Promise<void> {
  const { images, labels } = await fewImages('train', count)
  for (const start of ['train', 't10k']) {
    write(folder, `few/${start}-images-idx3-ubyte`, images)
    write(folder, `few/${start}-labels-idx1-ubyte`, labels)
  }
}

const summary = z.object({
  mean: z.number().nullable(),
  standardError: z.number().nullable(),
  values: z.array(z.number().nullable()),
})
const agreement = z.object({ cosine: summary, ratio: summary, error: z.number() })
const layers = z.array(
  agreement.extend({ layer: z.string(), byConstruction: z.boolean(), notes: z.array(z.string()) }),
)
const figuresSchema = z.object({
  data: z.string(),
  batches: z.number(),
  seed: z.number(),
  projections: z.object({ steps: z.number(), rate: z.number() }).nullable(),
  programs: z.array(
    z.object({
      name: z.string(),
      credit: z.string(),
      checkpoint: z.object({ run: z.string(), step: z.number() }).nullable(),
      layers,
      mean: agreement,
      meanOfOthers: agreement.nullable(),
      trained: z.object({ layers, mean: agreement }).nullable(),
    }),
  ),
})
const readFigures = (name: string) =>
  figuresSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))

beforeAll(async () => {
  await writeFew(100)
  write(folder, 'mine.ts', tinyProgram())
  write(folder, 'backward.ts', tinyProgram({ learn: 'global(clappPlusPlus(7))' }).replace("'tiny'", "'bp'"))
  write(
    folder,
    'deeper.ts',
    tinyProgram({
      encoder:
        "layer('conv1', conv(2), relu(), maxPool(2)), layer('conv2', conv(3), relu(), maxPool(2)), layer('conv3', conv(2), relu())",
    }),
  )
  write(folder, 'wider.ts', tinyProgram({ learn: 'local(clappPlusPlus([14, 7]))' }))
  write(
    folder,
    'hebbian.ts',
    tinyProgram({
      learn:
        "local(rule('hebbian', ({ preactivation, correlate }) => ({ updates: { weight: correlate(preactivation.rows) } })))",
      imports: '',
    }),
  )
  write(
    folder,
    'flat.ts',
    tinyProgram({ learn: "local(rule('flat', ({ out }) => out.rows.square().mean()))", imports: '' }),
  )
  write(
    folder,
    'input.ts',
    tinyProgram({
      learn:
        "local(rule('reads-input', ({ input, out }) => out.rows.sub(input.rows.mean()).square().mean()))",
      imports: '',
    }),
  )
  await hebb(['train', 'mine.ts', '--data', 'few', '--out', 'run', '--steps', '3'], folder)
})

test('programs side by side: table, JSON, drawing and report', async () => {
  const args = ['mine.ts', 'backward.ts', '--data', 'few', '--batches', '3', '--out', 'report']
  const { code, stdout, stderr } = await hebb(['align', ...args], folder)
  expect(stdout).toContain('Mean ± standard error over 3 batches of 20 images, seed 0.')
  expect(stdout).toMatch(/^layer +tiny: cosine +ratio +bp: cosine +ratio$/m)
  expect(stdout).toMatch(
    /^conv1 +-?0\.\d{3} ± 0\.\d{3} +\d+\.\d\d ± \d+\.\d\d +1\.000 ± 0\.000 +1\.00 ± 0\.00$/m,
  )
  expect(stdout).toMatch(/^conv2( +1\.000 ± 0\.000 +1\.00 ± 0\.00){2}$/m)
  expect(stdout).toMatch(/^mean +-?0\.\d{3} ± .* 1\.000 ± 0\.000 +1\.00 ± 0\.00$/m)
  expect(stdout).toMatch(/^mean of the rest +-?0\.\d{3} ± .* – +–$/m)
  expect(stdout).toContain('\nThe rest: without what is 1 by construction, conv2 of tiny.\n')
  expect(stdout).toContain('\nThe report: report/report.html\n')
  expect(withoutCounts(stderr)).toBe('tiny\nbp\n')
  expect(code).toBe(0)

  const { programs, projections } = readFigures('report/alignment.json')
  expect(projections).toBeNull()
  expect(programs.map(({ name, credit }) => [name, credit])).toEqual([
    ['tiny', 'local'],
    ['bp', 'global'],
  ])
  expect(programs[0]?.meanOfOthers?.cosine).toEqual(programs[0]?.layers[0]?.cosine)
  expect(programs[1]?.meanOfOthers).toBeNull()
  expect(programs[1]?.layers.map(({ cosine }) => cosine.values)).toEqual([
    [1, 1, 1],
    [1, 1, 1],
  ])
  const page = readFileSync(join(folder, 'report/report.html'), 'utf8')
  expect(page).toContain('<h2>Alignment with backpropagation</h2>')
  expect(page.replace(/<\/?span[^>]*>/g, '')).toContain(
    'hebb align mine.ts backward.ts --data few --batches 3 --out report',
  )
  expect(page).toContain('tiny: conv2 is 1 by construction')
  expect(readFileSync(join(folder, 'report/alignment.svg'), 'utf8')).toMatch(/^<svg xmlns=/)
})

test('a rule that sees other tensors under global credit is told of, in the table, as JSON and in the report', async () => {
  const args = ['input.ts', '--data', 'few', '--batches', '1', '--out', 'told']
  const { code, stdout } = await hebb(['align', ...args], folder)
  expect(code).toBe(0)
  const note = /under global credit the loss at the top is another function: it reads the images where/
  expect(stdout).toMatch(
    new RegExp(`^Not the same loss on both sides:\ntiny, conv1, conv2: ${note.source}.*input\\.ts:\\d+`, 'm'),
  )
  expect(stdout).not.toContain('mean of the rest')
  const [{ layers, meanOfOthers } = fail()] = readFigures('told/alignment.json').programs
  expect(layers.map(({ byConstruction }) => byConstruction)).toEqual([false, false])
  for (const { notes } of layers) expect(notes).toEqual([expect.stringMatching(note)])
  expect(meanOfOthers).toBeNull()
  expect(readFileSync(join(folder, 'told/report.html'), 'utf8')).toMatch(note)
})

test("a run's parameters, its own images, trained projections", async () => {
  const args = ['mine.ts', '--checkpoint', 'run', '--batches', '2', '--json', 'trained.json']
  const { code, stdout, stderr } = await hebb(
    ['align', ...args, '--train-projections', '5', '--projection-rate', '0.01'],
    folder,
  )
  expect(stdout).toContain('Trained: with projections after 5 steps of Adam from 0.01, the encoder frozen.')
  expect(stdout).toMatch(/^layer +tiny: cosine +ratio +trained: cosine +ratio$/m)
  expect(stdout).toMatch(/untrained → trained:\ntiny: conv1 [\d.e+]+ → [\d.e+]+\n\n/)
  expect(withoutCounts(stderr)).toBe('tiny\ntiny, training projections\ntiny, with trained projections\n')
  expect(code).toBe(0)
  const { data, programs, projections } = readFigures('trained.json')
  expect(data).toBe(join(folder, 'few'))
  expect(projections).toEqual({ steps: 5, rate: 0.01 })
  const [{ checkpoint, layers, trained } = fail()] = programs
  expect(checkpoint).toEqual({ run: 'run', step: 3 })
  expect(trained?.layers[0]?.cosine).not.toEqual(layers[0]?.cosine)
  expect(trained?.layers[1]).toEqual(layers[1])
})

test('programs of different encoders stand one below the other, and programs of one name are told apart', async () => {
  const { code, stdout } = await hebb(
    ['align', 'mine.ts', 'deeper.ts', '--data', 'few', '--batches', '1'],
    folder,
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/^layer +tiny \(mine\.ts\): cosine +ratio$/m)
  expect(stdout).toMatch(/^layer +tiny \(deeper\.ts\): cosine +ratio$/m)
  expect(stdout).toMatch(/^conv3 +1\.000 +1\.00$/m)
})

test('Ctrl-C stops after the batch, without a result', async () => {
  const args = ['mine.ts', '--data', 'few', '--batches', '1000000', '--json', 'never.json']
  const { child, ended, until } = startHebb(['align', ...args], folder)
  let heard = ''
  child.stderr?.on('data', (text: string) => (heard += text))
  await until(() => heard.includes('tiny'))
  await setTimeout(100)
  child.kill('SIGINT')
  const { code, stdout, stderr } = await ended
  expect(stderr).toContain('Stopping after this batch; nothing is written.')
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(existsSync(join(folder, 'never.json'))).toBe(false)
})

describe.concurrent('mistakes', () => {
  test.for([
    ['missing images', ['mine.ts', '--data', 'nowhere'], 'DataError: no folder nowhere\n'],
    ['a missing program', ['nothing.ts', '--data', 'few'], 'FileError: no file nothing.ts\n'],
    [
      'a checkpoint of another encoder',
      ['deeper.ts', '--checkpoint', 'run'],
      "CheckpointError: the checkpoint of run ('tiny') does not fit 'tiny': its layers are conv1 [2, 14, 14], conv2 [3, 7, 7], not conv1 [2, 14, 14], conv2 [3, 7, 7], conv3 [2, 7, 7]",
    ],
    [
      'a checkpoint with other projections',
      ['wider.ts', '--checkpoint', 'run'],
      "its 'conv1.clapp.projection' is float32[8, 8], not float32[2, 2]",
    ],
    [
      'a folder that is no run',
      ['mine.ts', '--checkpoint', 'few'],
      'RunError: few is not the folder of a run',
    ],
    [
      'a rule without a loss',
      ['hebbian.ts', '--data', 'few'],
      "AlignmentError: 'tiny' cannot be compared with backpropagation: 'hebbian' has no loss",
    ],
    [
      'projections where there are none',
      ['flat.ts', '--data', 'few', '--train-projections', '2'],
      'AlignmentError: there are no projections to train',
    ],
    [
      'more images a batch than there are',
      ['huge.ts', '--data', 'few'],
      'DataError: 100 images do not fill one batch of 2000',
    ],
  ] as const)('%s', async ([, args, problem]) => {
    write(folder, 'huge.ts', tinyProgram({ batch: 2000 }))
    const { code, stdout, stderr } = await hebb(['align', ...args], folder)
    expect(stderr).toContain(problem)
    expect(stderr).not.toMatch(/^ +at .*\bnode:/m)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test.for([
    ['a misspelt flag', ['mine.ts', '--bathces', '3'], '(Did you mean --batches?)'],
    ['no images', ['mine.ts'], "error: required option '--data <folder>' not specified"],
    ['no program', ['--data', 'few'], "error: missing required argument 'programs'"],
    [
      'no batches',
      ['mine.ts', '--data', 'few', '--batches', '0'],
      'it must be a whole number from 1 to 1000000000',
    ],
    [
      'checkpoints that do not pair up',
      [...['mine.ts', 'mine.ts', 'mine.ts'], ...['--checkpoint', 'run', '--checkpoint', 'run']],
      'error: 2 checkpoints for 3 programs: give one for all, or one for each',
    ],
    [
      'a rate of nothing',
      ['mine.ts', '--data', 'few', '--projection-rate', '0'],
      'it must be a number above 0',
    ],
  ] as const)('%s is one of usage, exit code 2', async ([, args, problem]) => {
    const { code, stdout, stderr } = await hebb(['align', ...args], folder)
    expect(stderr).toContain(problem)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

const fail = (): never => {
  throw new Error('no program')
}
