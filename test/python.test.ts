import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import {
  adamw,
  compile,
  conv,
  ema,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  program,
  randomResizedCrop,
  rates,
  relu,
  sgd,
  swa,
  type CompileOptions,
  type Credit,
  type Layer,
  type Precision,
} from '../src/index.ts'
import { clapp, clappDirectFeedback, clappPlusPlus, infoNCE, vicreg } from '../rules/index.ts'
import { emulated } from './support/emulate-float16.ts'
import { idx, IDX_NAMES, writeFiles } from './runtime/data-files.ts'
import { bytesOf, npy } from './support/npy.ts'
import { temporaryFolder } from './runtime/temporary-folder.ts'
import { runFiles } from '../runtime/files/run-folder.ts'
import { versions } from '../runtime/session/versions.ts'
import { RunTrainer } from '../runtime/train/run-trainer.ts'
import { train } from '../runtime/train/train.ts'
import { stream } from '../runtime/values/random.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'

/** `python/hebb_runtime` trains the bundles that Node.js trains, to the same bits, and each goes on with the other's runs. */

// Processes are started by the dozen, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000 })

const python = process.env.HEBB_PYTHON ?? 'python3'
const folder = fileURLToPath(new URL('../python', import.meta.url))
const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
const asked = spawnSync(python, ['-c', 'import numpy, onnxruntime; print(onnxruntime.__version__)'], {
  encoding: 'utf8',
})
const missing = asked.status !== 0
const reason = missing
  ? ` (skipped: ${python} lacks numpy or onnxruntime; name one that has them in HEBB_PYTHON)`
  : ''
/** Kernels of another version may add up in another order. */
const isOther = !missing && asked.stdout.trim() !== versions().onnxruntime
const unequal = isOther ? ` (skipped: ${python} has onnxruntime ${asked.stdout.trim()})` : reason

const run = (words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(python, words, { env, encoding: 'utf8', timeout: 300_000 })
  return { status, stdout, stderr }
}
const trainHere = (...words: readonly string[]) => {
  const { status, stderr } = run(['-m', 'hebb_runtime', 'train', '--quiet', ...words])
  expect([status, stderr]).toEqual([0, ''])
}

const layers: readonly Layer[] = [
  layer('conv1', conv(4), relu(), maxPool(2)),
  layer('conv2', conv(6), relu()),
  layer('conv3', conv(6), relu(), maxPool(2)),
]
/** Wide enough for updates in blocks. */
const wide: readonly Layer[] = [
  layer('dense1', flatten(), linear(1024), relu()),
  layer('dense2', linear(1024), relu()),
]
const pools = [2, 2, 1]

const compiled = (
  learn: Credit<'a' | 'b'>,
  options: CompileOptions = {},
  encoder = layers,
  precision: Precision = 'full',
) =>
  compile(
    program({
      name: 'small',
      input: { channels: 1, size: 8, classes: 3, mean: [0.4], std: [0.3] },
      batch: 8,
      augment: [randomResizedCrop({ scale: [0.4, 1] })],
      encoder,
      learn,
      precision,
      optimizer: adamw({ lr: rates.cosine(2e-3, { warmup: 0.2 }), average: ema({ decay: 0.9 }) }),
    }),
    options,
  )

const STEPS = 11
const kinds = {
  local: () => compiled(local(clappPlusPlus(pools))),
  'local with feedback from the top': () => compiled(local(clappDirectFeedback(pools))),
  global: () => compiled(global(clapp())),
  'eight steps in a run': () => compiled(local(clappPlusPlus(pools)), { stepsPerRun: 8 }),
  'for cuda': () => compiled(local(clappPlusPlus(pools)), { target: 'cuda', stepsPerRun: 4 }),
  portable: () => compiled(global(clapp()), { target: 'portable' }),
  'in blocks': () => compiled(local(clapp()), {}, wide),
  'with shards, too': () => compiled(local(clappPlusPlus(pools)), { shards: 2 }),
  // Its first scale is too large for the rule: steps are skipped where float16 is rounded as on a GPU.
  'in mixed precision': () =>
    emulated(compiled(local(infoNCE({ dimension: 5 })), { stepsPerRun: 8 }, layers, 'mixed')),
}

const images = (): string => {
  const random = stream(0, 'images')
  const count = 41
  const pixels = Uint8Array.from({ length: count * 64 }, () => random.integer(256))
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3)
  return writeFiles(join(temporaryFolder(), 'images'), {
    [IDX_NAMES.trainImages]: idx([count, 8, 8], pixels),
    [IDX_NAMES.trainLabels]: idx([count], labels),
  })
}

/** A bundle in a folder, its images, and where runs may be. */
function prepared(kind: keyof typeof kinds) {
  const place = temporaryFolder()
  const bundle = kinds[kind]()
  writeBundle(join(place, 'bundle'), bundle)
  return { bundle, path: join(place, 'bundle'), data: images(), at: (name: string) => join(place, name) }
}

const settings = { steps: STEPS, seed: 3, threads: 1, checkpointEvery: 4 }
const flags = ['--steps', String(STEPS), '--seed', '3', '--threads', '1', '--checkpoint-every', '4']
const checkpointOf = (folder: string): Buffer => readFileSync(runFiles(folder).checkpoint)
const lossesOf = (folder: string): unknown[] =>
  readFileSync(runFiles(folder).metrics, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { step, rate, losses } = JSON.parse(line) as Record<string, unknown>
      return { step, rate, losses }
    })

test.skipIf(missing)(`the tests of hebb_runtime pass${reason}`, () => {
  const { status, stderr } = run(['-m', 'unittest', 'discover', '-s', join(folder, 'tests'), '-t', folder])
  expect(status, stderr).toBe(0)
  expect(stderr).toContain('OK')
})

describe.skipIf(missing || isOther)(`a bundle is trained to the bits of Node.js${unequal}`, () => {
  test.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s', async (kind) => {
    const { bundle, path, data, at } = prepared(kind)
    const isInBlocks = bundle.manifest.train.graphs.some(({ blocks }) => blocks !== undefined)
    expect(isInBlocks).toBe(kind === 'in blocks')
    await train({ bundle: path, data, out: at('node'), ...settings })
    trainHere(path, '--data', data, '--out', at('python'), ...flags)
    expect(checkpointOf(at('python')).equals(checkpointOf(at('node')))).toBe(true)
    expect(lossesOf(at('python'))).toEqual(lossesOf(at('node')))
  })

  test('signals in arrays of NumPy, whose weights are averaged late; the record is the same, too', async () => {
    const place = temporaryFolder()
    const at = (name: string) => join(place, name)
    const [random, count] = [stream(0, 'signals'), 30]
    const rows = Float32Array.from({ length: count * 2 * 16 }, () => random.normal())
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3)
    const data = writeFiles(at('data'), {
      'x_train.npy': npy('<f4', [count, 2, 16], bytesOf(rows)),
      'y_train.npy': npy('|u1', [count], labels),
    })
    const signals = program({
      name: 'signals',
      input: { channels: 2, size: [1, 16], classes: 3, type: 'float32' },
      batch: 6,
      augment: [],
      encoder: [layer('one', flatten(), linear(12), relu()), layer('two', linear(7))],
      learn: local(vicreg()),
      optimizer: sgd({ lr: 1e-2, momentum: 0.9, average: swa({ from: 0.3 }) }),
    })
    writeBundle(at('bundle'), compile(signals))
    await train({ bundle: at('bundle'), data, out: at('node'), tensorboard: false, ...settings })
    trainHere(at('bundle'), '--data', data, '--out', at('python'), ...flags)
    expect(checkpointOf(at('python')).equals(checkpointOf(at('node')))).toBe(true)
    const recordOf = (folder: string) => {
      const all = JSON.parse(readFileSync(runFiles(folder).record, 'utf8')) as Record<string, unknown>
      return Object.entries(all).filter(([name]) => !['versions', 'command', 'sha256'].includes(name))
    }
    expect(recordOf(at('python'))).toEqual(recordOf(at('node')))
  })

  test('however many steps it does in a run', () => {
    const { path, data, at } = prepared('for cuda')
    for (const most of ['1', '3'])
      trainHere(path, '--data', data, '--out', at(most), '--steps-per-run', most, ...flags)
    expect(checkpointOf(at('1')).equals(checkpointOf(at('3')))).toBe(true)
    expect(lossesOf(at('1'))).toEqual(lossesOf(at('3')))
  })
})

/** Ends itself in the middle of a run, after so many steps. */
const endingAfter = (step: number, how: string) => `
import os, signal, sys
from hebb_runtime import Options, train
bundle, data, out = sys.argv[1:]
def heard(done, total):
    if done.step == ${step}: os.kill(os.getpid(), signal.${how})
train(Options(bundle=bundle, data=data, out=out, steps=${STEPS}, seed=3, threads=1, checkpoint_every=4), heard)
`

describe.skipIf(missing || isOther)(`a run goes on in the other runtime to the same bits${unequal}`, () => {
  test.each(['local', 'eight steps in a run', 'in blocks'] as const)(
    'of Node.js in Python: %s',
    async (kind) => {
      const { path, data, at } = prepared(kind)
      await train({ bundle: path, data, out: at('whole'), ...settings })
      const left = new RunTrainer({ bundle: path, data, out: at('left'), ...settings })
      for await (const { step } of left.run()) if (step === 6) break
      trainHere('--resume', '--out', at('left'))
      expect(checkpointOf(at('left')).equals(checkpointOf(at('whole')))).toBe(true)
      expect(lossesOf(at('left'))).toEqual(lossesOf(at('whole')))
    },
  )

  test.each(['threads', 'pipeline'] as const)('of Node.js in Python: by %s', async (parallel) => {
    const { path, data, at } = prepared('with shards, too')
    await train({ bundle: path, data, out: at('whole'), ...settings })
    const left = new RunTrainer({ bundle: path, data, out: at('left'), ...settings, parallel })
    for await (const { step } of left.run()) if (step === 6) break
    trainHere('--resume', '--out', at('left'))
    expect(checkpointOf(at('left')).equals(checkpointOf(at('whole')))).toBe(true)
  })

  test.each(['SIGTERM', 'SIGKILL'])('of Python in Node.js, after %s', async (how) => {
    const { path, data, at } = prepared('local')
    await train({ bundle: path, data, out: at('whole'), ...settings })
    const ended = spawnSync(python, ['-c', endingAfter(6, how), path, data, at('left')], {
      env,
      encoding: 'utf8',
    })
    expect(ended.signal ?? ended.status, ended.stderr).toBe(how === 'SIGKILL' ? 'SIGKILL' : 0)
    await train({ resume: true, out: at('left') })
    expect(checkpointOf(at('left')).equals(checkpointOf(at('whole')))).toBe(true)
    expect(lossesOf(at('left'))).toEqual(lossesOf(at('whole')))
  })

  test('of images of which some were set aside, and of a new length', async () => {
    const { path, data, at } = prepared('local')
    const divided = { ...settings, validation: 0.2 }
    await train({ bundle: path, data, out: at('whole'), ...divided })
    const left = new RunTrainer({ bundle: path, data, out: at('left'), ...divided })
    for await (const { step } of left.run()) if (step === 6) break
    const { status, stderr } = run([
      '-m',
      'hebb_runtime',
      'train',
      '--quiet',
      '--resume',
      '--out',
      at('left'),
    ])
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('losses on them are measured by hebb alone'),
    ])
    expect(checkpointOf(at('left')).equals(checkpointOf(at('whole')))).toBe(true)
    for (const name of ['whole', 'left'])
      if (name === 'whole') await train({ resume: true, out: at(name), steps: 15 })
      else run(['-m', 'hebb_runtime', 'train', '--quiet', '--resume', '--out', at(name), '--steps', '15'])
    expect(checkpointOf(at('left')).equals(checkpointOf(at('whole')))).toBe(true)
    const record = (name: string) => JSON.parse(readFileSync(runFiles(at(name)).record, 'utf8')) as unknown
    expect(record('left')).toEqual(record('whole'))
  })
})

describe.skipIf(missing)(`what the user can mend is told in short${reason}`, () => {
  const mistake = (...words: readonly string[]) => run(['-m', 'hebb_runtime', 'train', ...words])

  test('a bundle that was changed', () => {
    const { bundle, path, data, at } = prepared('local')
    const [{ file } = { file: '' }] = bundle.manifest.train.graphs
    writeFiles(path, { [file]: readFileSync(join(path, file)).subarray(1) })
    const { status, stderr } = mistake(path, '--data', data, '--out', at('run'))
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^BundleError: .* is not the file that was compiled: its hash differs\n {2}Compile/,
    )
    expect(stderr).not.toContain('Traceback')
  })

  test('a run of shards, which it does not do', async () => {
    const { path, data, at } = prepared('with shards, too')
    await train({ bundle: path, data, out: at('run'), ...settings, steps: 2, parallel: 'none' })
    const { status, stderr } = mistake('--resume', '--out', at('run'))
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^RunError: .* was trained in shards of the batch, .*\n {2}Go on with it by hebb: hebb train --resume --out /,
    )
  })

  test('a run that is there, and one in use', async () => {
    const { path, data, at } = prepared('local')
    trainHere(path, '--data', data, '--out', at('run'), ...flags)
    const again = mistake(path, '--data', data, '--out', at('run'))
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('holds a run already')])
    const held = new RunTrainer({ resume: true, out: at('run'), steps: STEPS + 4 })
    for await (const { step } of held.run()) {
      expect(step).toBe(STEPS + 1)
      const other = mistake('--resume', '--out', at('run'))
      expect([other.status, other.stderr]).toEqual([
        1,
        expect.stringMatching(/trains there\n {2}Wait for it, or stop it\./),
      ])
      break
    }
  })

  test('a folder that is no bundle, and one that runs lie in', () => {
    const { path, data, at } = prepared('local')
    const toRun = (bundle: string, out: string) => {
      const { status, stderr } = mistake(bundle, '--data', data, '--out', out, ...flags)
      expect(status).toBe(1)
      return stderr
    }
    expect(toRun(at('none'), at('run'))).toContain(`BundleError: there is no folder ${at('none')}`)
    writeFiles(at('.'), { 'mine.ts': '' })
    expect(toRun(at('mine.ts'), at('run'))).toMatch(
      /is a program, not a bundle\n {2}Compile it first: hebb compile .*mine\.ts --out DIR/,
    )
    expect(toRun(path, path)).toContain('holds a bundle, and a run has a folder of its own')
    trainHere(path, '--data', data, '--out', at('runs/first'), ...flags)
    expect(toRun(path, at('runs'))).toContain('holds the run first, and a run has a folder of its own')
  })

  test('more steps in a run than the graphs do', () => {
    const { path, data, at } = prepared('local')
    const { status, stderr } = mistake(path, '--data', data, '--out', at('run'), '--steps-per-run', '4')
    expect(status).toBe(1)
    expect(stderr).toContain("the graphs of 'small' do at most 1 steps in a run")
    expect(stderr).toContain('hebb compile --steps-per-run 4')
  })
})

/** A process in which a package cannot be imported, as where it is not installed. */
const without = (name: string, ...words: readonly string[]) =>
  run([
    '-c',
    `import sys; sys.modules['${name}'] = None; from hebb_runtime.__main__ import main; sys.exit(main(sys.argv[1:]))`,
    ...words,
  ])

describe.skipIf(missing)(`the command itself${reason}`, () => {
  const mistake = (...words: readonly string[]) => run(['-m', 'hebb_runtime', 'train', ...words])
  const toTrain = ['train', 'a', '--data', 'b', '--out', 'c']

  test.each(['numpy', 'onnxruntime'])('says that %s is not installed, and helps without it', (name) => {
    const { status, stderr } = without(name, ...toTrain)
    expect(status).toBe(1)
    expect(stderr).toMatch(new RegExp(`^PackageError: ${name} is not installed\n {2}Install it: pip install`))
    expect(stderr).not.toContain('Traceback')
    expect(without(name, '--version').status).toBe(0)
    expect(without(name, '--help').status).toBe(0)
  })

  test('refuses flags of CUDA on the CPU', () => {
    for (const [flag = '', ...value] of [['--tf32'], ['--device', '3']])
      for (const provider of [[], ['--provider', 'cpu']]) {
        const { status, stderr } = mistake(...toTrain.slice(1), ...provider, flag, ...value)
        expect(status).toBe(2)
        expect(stderr).toContain(`option '${flag}' is for --provider cuda`)
      }
  })

  test('says which lengths are allowed', () => {
    const { status, stderr } = mistake(...toTrain.slice(1), '--epochs', '1e9')
    expect([status, stderr]).toEqual([2, expect.stringContaining('is no number above 0, up to 1000000')])
  })

  test('flags that are none', () => {
    expect(mistake('--out', 'x').status).toBe(2)
    expect(mistake('a', '--data', 'b', '--out', 'c', '--steps', '0').status).toBe(2)
  })
})
