import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeFewImages } from '../support/few-images.ts'
import { idx } from '../runtime/data-files.ts'
import { fashionMnist, hebb, hebbAlone, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

const folder = newFolder()

const checkpoint = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'))

beforeAll(async () => {
  await writeFewImages(folder, 'few', { train: 800, test: 200 })
  await writeFewImages(folder, 'fewer', { train: 100, test: 20 })
  write(folder, 'mine.ts', tinyProgram())
  write(folder, 'other.ts', tinyProgram({ learn: 'global(clappPlusPlus(7))' }))
  for (const name of ['mine', 'other']) await hebb(['compile', `${name}.ts`, '--out', name], folder)
})

test('a program that logs something else goes on with its run, and is told what the run shows', async () => {
  const quiet =
    '{ ...clappPlusPlus(7), teach: (context) => ({ loss: lossOf(clappPlusPlus(7), context).loss }) }'
  const imports = "import { lossOf } from 'hebb'\nimport { clappPlusPlus } from 'hebb/rules'"
  write(folder, 'quiet.ts', tinyProgram({ learn: `local(${quiet})`, imports }))
  const steps = ['--steps', '2', '--seed', '7']
  await hebb(['train', 'mine', '--data', 'few', '--out', 'talking', ...steps], folder)
  const { code, stderr } = await hebb(['train', 'quiet.ts', '--resume', '--out', 'talking'], folder)
  expect(code).toBe(0)
  expect(stderr).toContain(
    'talking goes on with its own graphs, which show conv1.loss, conv1.negative, conv1.positive, conv2.loss, ' +
      'conv2.negative, conv2.positive, loss; of quiet.ts, new runs show conv1.loss, conv2.loss, loss.',
  )
})

test('compile, train, Ctrl-C, resume to the same bits, probe', async () => {
  const steps = ['--steps', '400', '--seed', '7']
  const whole = await hebbAlone(
    ['train', 'mine.ts', '--data', fashionMnist, '--out', 'whole', ...steps],
    folder,
  )
  expect(whole).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^step 400\/400 · epoch 1\.3 · /m) as string,
  })
  expect(whole.stdout).toMatch(
    /^trained 400 steps in .*\nlast losses: conv1 [\d.]+, conv2 [\d.]+\nthe run is in whole\n$/,
  )

  const args = ['train', 'mine', '--data', fashionMnist, '--out', 'run', ...steps, '--checkpoint-every', '1']
  const { child, ended, until } = startHebb(args, folder)
  await until(() => existsSync(join(folder, 'run/checkpoint.safetensors')))
  child.kill('SIGINT')
  const stopped = await ended
  expect(stopped.stderr).toContain('Stopping after this step, with a checkpoint.')
  expect(stopped.stdout).toMatch(/^stopped after step \d+ of 400 in /)
  expect(stopped.stdout).toContain('\ngo on with: hebb train --resume --out run\n')
  expect(stopped.code).toBe(130)

  const resumed = await hebbAlone(['train', '--resume', '--out', 'run'], folder)
  expect(resumed).toMatchObject({ code: 0 })
  expect(checkpoint('run').equals(checkpoint('whole'))).toBe(true)

  const probe = ['probe', 'run', '--data', 'few', '--epochs', '1', '--labels', '2', '--json', 'probe.json']
  const probed = await hebb(probe, folder)
  expect(probed.code).toBe(0)
  expect(probed.stdout).toMatch(/^tiny after step 400 of 400, accuracy on the test images in %\n/)
  expect(probed.stdout).toMatch(/^features +encoder +numbers +10 neighbours +linear +2 labels a class$/m)
  expect(probed.stdout).toMatch(/^raw pixels +– +784( +\d+\.\d){3} ± \d+\.\d$/m)
  for (const encoder of ['untrained', 'trained'])
    expect(probed.stdout).toMatch(new RegExp(`^global averages +${encoder} +5( +\\d+\\.\\d){3} ±`, 'm'))
  expect(JSON.parse(readFileSync(join(folder, 'probe.json'), 'utf8'))).toMatchObject({
    program: 'tiny',
    step: 400,
    settings: { k: 10, labels: 2, epochs: 1, seed: 0 },
    encoders: [{ encoder: 'none' }, { encoder: 'untrained' }, { encoder: 'trained' }],
  })
})

test('a run that keeps an average of its weights is probed by either', async () => {
  const averaging = tinyProgram().replace('lr: 1e-3', 'lr: 1e-3, average: ema({ decay: 0.9 })')
  write(folder, 'averaging.ts', averaging.replace('import { adamw, ', 'import { adamw, ema, '))
  const steps = ['--steps', '20', '--out', 'averaging']
  expect(await hebb(['train', 'averaging.ts', '--data', 'fewer', ...steps], folder)).toMatchObject({
    code: 0,
  })
  const probe = ['probe', 'averaging', '--epochs', '1', '--labels', '2']
  const probed = await hebb([...probe, '--average'], folder)
  expect(probed.code).toBe(0)
  expect(probed.stdout).toMatch(/^global averages +averaged +5( +\d+\.\d){3} ±/m)
  expect(probed.stdout).not.toMatch(/ trained /)
  await hebb(['train', 'mine', '--data', 'fewer', '--steps', '1', '--out', 'plain'], folder)
  const none = await hebb(['probe', 'plain', '--average'], folder)
  expect(none).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("RunError: 'tiny' keeps no average of its weights") as string,
  })
  const aligned = ['align', 'averaging.ts', '--checkpoint', 'averaging', '--batches', '1', '--average']
  const { code } = await hebb([...aligned, '--json', 'averaging.json'], folder)
  expect(code).toBe(0)
  expect(JSON.parse(readFileSync(join(folder, 'averaging.json'), 'utf8'))).toMatchObject({
    programs: [{ checkpoint: { run: 'averaging', step: 20, average: true } }],
  })
  expect(await hebb(['align', 'averaging.ts', '--data', 'fewer', '--average'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--average is of runs: give one with --checkpoint') as string,
  })
})

test('a second Ctrl-C ends at once while workers work, without a word of onnxruntime', async () => {
  const encoder = "layer('conv1', conv(48), relu(), maxPool(2)), layer('conv2', conv(96), relu(), maxPool(2))"
  write(folder, 'slow.ts', tinyProgram({ batch: 200, encoder }))
  const args = [
    'train',
    'slow.ts',
    '--data',
    fashionMnist,
    '--out',
    'slow',
    '--workers',
    '2',
    '--steps',
    '500',
  ]
  const { child, ended, until } = startHebb(args, folder)
  await until(() => existsSync(join(folder, 'slow/metrics.jsonl')))
  child.kill('SIGINT')
  // npx may pass the first one on a second time.
  await setTimeout(700)
  child.kill('SIGINT')
  const { stderr } = await ended
  // As a process or as a shell has it.
  expect(child.signalCode ?? child.exitCode).toBeOneOf(['SIGINT', 130])
  // The last line where the machine is too busy for it to end in time.
  expect(stderr).toMatch(/Ctrl-C again stops at once\.\n(hebb hears nothing, and is killed\n)?$/)
})

describe.concurrent('mistakes with runs and data', () => {
  const short = ['--steps', '2']
  beforeAll(async () => {
    await hebb(['train', 'mine', '--data', 'few', '--out', 'there', ...short], folder)
    await hebb(['train', 'other', '--data', 'few', '--out', 'foreign', ...short], folder)

    cpSync(join(folder, 'there'), join(folder, 'mixed'), { recursive: true })
    cpSync(join(folder, 'foreign/checkpoint.safetensors'), join(folder, 'mixed/checkpoint.safetensors'))

    cpSync(join(folder, 'there'), join(folder, 'begun'), { recursive: true })
    rmSync(join(folder, 'begun/checkpoint.safetensors'))

    cpSync(join(folder, 'few'), join(folder, 'truncated'), { recursive: true })
    truncateSync(join(folder, 'truncated/train-images-idx3-ubyte'), 100_000)
    cpSync(join(folder, 'few'), join(folder, 'magic'), { recursive: true })
    write(folder, 'magic/train-images-idx3-ubyte', idx([800, 28, 28], new Uint8Array(800 * 784), 0x0809))
    cpSync(fashionMnist, join(folder, 'gzip'), { recursive: true })
    truncateSync(join(folder, 'gzip/train-images-idx3-ubyte.gz'), 100_000)
    mkdirSync(join(folder, 'empty'))
    write(folder, 'file', 'not a folder')
  })

  const training = (bundle: string, data: string, out: string) => [
    'train',
    bundle,
    '--data',
    data,
    '--out',
    out,
  ]

  test.for([
    [
      'a missing folder of images',
      training('mine', 'nowhere', 'new/nowhere'),
      'DataError: no folder nowhere\n',
    ],
    [
      'a folder without images',
      training('mine', 'empty', 'new/empty'),
      'DataError: no data set that Hebb knows in empty\n',
    ],
    [
      'truncated images',
      training('mine', 'truncated', 'new/truncated'),
      'DataError: truncated/train-images-idx3-ubyte: ',
    ],
    [
      'a damaged archive',
      training('mine', 'gzip', 'new/gzip'),
      'DataError: gzip/train-images-idx3-ubyte.gz: its gzip data are damaged',
    ],
    [
      'a wrong magic number',
      training('mine', 'magic', 'new/magic'),
      'DataError: magic/train-images-idx3-ubyte: ',
    ],
    ['a missing bundle', training('nothing', 'few', 'new/few'), 'BundleError: nothing is not a bundle'],
    [
      'a run that is there already',
      training('mine', 'few', 'there'),
      'RunError: there holds a run already\n  Go on with it: --resume;',
    ],
    [
      'a run that cannot be written',
      training('mine', 'few', 'file/run'),
      'FileError: cannot write file/run: ',
    ],
    [
      'resuming with another bundle',
      ['train', 'other', '--resume', '--out', 'there'],
      'RunError: there is a run of another program than other\n',
    ],
    [
      'resuming with another seed',
      ['train', '--resume', '--seed', '5', '--out', 'there'],
      'RunError: there was started with seed 0, not 5\n',
    ],
    [
      'a checkpoint of another program',
      ['train', '--resume', '--out', 'mixed'],
      'CheckpointError: mixed/checkpoint.safetensors is a checkpoint of another',
    ],
    [
      'resuming what is no run',
      ['train', '--resume', '--out', 'empty'],
      'RunError: empty is not the folder of a run: run.json is missing\n',
    ],
    ['probing before the first checkpoint', ['probe', 'begun'], 'RunError: begun has no checkpoint yet\n'],
    ['probing a bundle', ['probe', 'mine'], 'RunError: mine is not the folder of a run'],
    [
      'more labels a class than there are',
      ['probe', 'there', '--labels', '500', '--epochs', '1'],
      'DataError: class 0 has ',
    ],
  ] as const)('%s', async ([, args, problem]) => {
    const { code, stderr } = await hebb(args, folder)
    expect(stderr).toContain(problem)
    expect(stderr).not.toMatch(/^ +at .*\bnode:|^ +at .*\.ts:/m)
    expect(code).toBe(1)
    const out = args.find((word) => word.startsWith('new/'))
    if (out !== undefined) expect(existsSync(join(folder, out))).toBe(false)
  })
})
