import fc from 'fast-check'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { ranges } from '../../runtime/given/ranges.ts'
import { openRun } from '../../runtime/files/run-folder.ts'
import { sealRecord } from '../../runtime/files/run-record.ts'
import { RunTrainer } from '../../runtime/train/run-trainer.ts'
import { train, type TrainOptions } from '../../runtime/train/train.ts'
import { refusal } from '../support/refusal.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle, writeTinyDataset } from './tiny-bundle.ts'

/** What a training is given is checked before anything is begun or made. */

const whole: TrainOptions = { bundle: 'nowhere/bundle', data: 'nowhere/data', out: 'nowhere/run', steps: 2 }

/** As JavaScript would: types are not checked when a program runs. */
const given = (change: Readonly<Record<string, unknown>>): TrainOptions => Object.assign({}, whole, change)

/** What is told of options that are refused. */
function refused(options: TrainOptions): string {
  try {
    new RunTrainer(options)
  } catch (error) {
    if (error instanceof UserError) return `${error.name}: ${error.message}`
    throw error
  }
  throw new Error('nothing was refused')
}

const many = 'give a whole number from 1 to 1000000000'
const cores = 'give a whole number from 1 to 1024'
const listener = (hears: string) => `give a function, (${hears}) => …`

test.each<[string, unknown, string, string]>([
  ['steps', 2.5, '2.5', many],
  ['steps', '7', "'7'", many],
  ['steps', 0, '0', many],
  ['steps', -1, '-1', many],
  ['steps', NaN, 'NaN', many],
  ['threads', 0, '0', cores],
  ['threads', 1.5, '1.5', cores],
  ['workers', 0, '0', cores],
  ['workers', 1.5, '1.5', cores],
  ['seed', -1, '-1', 'give a whole number, 0 or more'],
  ['seed', 1.5, '1.5', 'give a whole number, 0 or more'],
  ['seed', 'a', "'a'", 'give a whole number, 0 or more'],
  ['checkpointEvery', 0, '0', many],
  ['checkpointEvery', Infinity, 'Infinity', many],
  ['keep', -1, '-1', many],
  ['keepBest', '', "''", "give a metric, such as 'loss'"],
  ['probeEvery', 0, '0', 'give a number above 0'],
  ['probeEvery', -1, '-1', 'give a number above 0'],
  ['validation', 1, '1', 'give a number above 0 and below 1'],
  ['prepareAhead', -1, '-1', 'give a whole number from 0 to 1000'],
  ['prepareAhead', 1.5, '1.5', 'give a whole number from 0 to 1000'],
  ['prometheus', 'x.txt', "'x.txt'", 'give a path that ends with .prom'],
  ['device', 1.5, '1.5', 'give a whole number from 0 to 1023'],
  ['devices', [], '[]', 'give a list of numbers of GPUs, from 0, 1 or more'],
  ['tf32', 'on', "'on'", 'give true or false'],
  ['provider', 'gpu', "'gpu'", "give 'cpu' or 'cuda'"],
  ['split', 'tain', "'tain'", "give 'unlabelled', 'train' or 'test'; did you mean 'train'?"],
  ['tensorboard', 'no', "'no'", 'give true or false'],
  ['resume', 1, '1', 'give true or false'],
  ['initLayers', [], '[]', 'give a list of names of layers, 1 or more'],
  ['command', 'hebb train', "'hebb train'", 'give a list of words'],
  ['bundle', 5, '5', 'give a bundle: its folder, or what compile or loadBundle gives'],
  ['bundle', {}, 'an object {}', 'give a bundle: its folder, or what compile or loadBundle gives'],
  ['data', 5, '5', "give a data set: 'PATH', 'KIND:PATH'"],
  ['out', '', "''", 'give a path'],
  ['signal', 5, '5', 'give an AbortSignal'],
  ['onMetrics', 5, '5', listener('line')],
  ['onNotice', 'aloud', "'aloud'", listener('notice')],
])('%s: %j is refused', (name, value, shown, help) => {
  const options = given({ [name]: value })
  expect(refused(options)).toContain(`OptionError: RunTrainer: ${name} is ${shown}\n  ${help}`)
  expect(existsSync('nowhere')).toBe(false)
})

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['no folder', { out: undefined }, 'RunTrainer: out is missing\n  give a path'],
  ['no bundle', { bundle: undefined }, 'RunTrainer: bundle is missing\n  a new run needs bundle and data'],
  ['no data', { data: undefined }, 'RunTrainer: data is missing\n  a new run needs bundle and data'],
  ['two lengths', { epochs: 1 }, 'epochs and steps are both given\n  give one of them'],
  ['a step of a new run', { fromStep: 3 }, 'fromStep is given to a new run\n  go on with one that is there'],
  [
    'layers without weights',
    { initLayers: ['first'] },
    'initLayers is given without init\n  give the weights',
  ],
  [
    'weights on the way',
    { resume: true, init: 'other' },
    'init is given to a run that goes on\n  leave it out',
  ],
  [
    'GPUs twice',
    { provider: 'cuda', device: 0, devices: [0] },
    'device and devices are both given\n  give one',
  ],
  [
    'more GPUs than workers',
    { provider: 'cuda', workers: 2, devices: [0, 1, 2] },
    'devices are 3, and workers 2\n  give workers: 3',
  ],
  ['GPUs of the CPU', { workers: 2, devices: [0] }, 'devices is given, and the provider is cpu'],
  ['TF32 on the CPU', { tf32: true }, 'tf32 is given, and the provider is cpu'],
  ['an unknown name', { bundel: 'mine' }, "RunTrainer has no option 'bundel'\n  did you mean 'bundle'?"],
])('%s: refused, by what the options are together', (_, change, told) => {
  expect(refused(given(change))).toContain(told)
  expect(existsSync('nowhere')).toBe(false)
})

test('options that are none are refused; train says so in its own name, as a rejection', async () => {
  const nothing: unknown = undefined
  expect(refused(nothing as TrainOptions)).toContain('RunTrainer: the options are undefined')
  expect(await refusal(train(given({ steps: 2.5 })))).toContain('OptionError: train: steps is 2.5')
  expect(existsSync('nowhere')).toBe(false)
})

describe('whole numbers', () => {
  const names = ['steps', 'seed', 'checkpointEvery', 'keep', 'threads', 'workers', 'prepareAhead'] as const
  const isIn = (value: number, [least, most]: readonly [number, number]) =>
    Number.isSafeInteger(value) && value >= least && value <= most

  test('are taken where they lie in their range, and refused elsewhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()),
        (name, value) => {
          const make = () => new RunTrainer(given({ [name]: value }))
          if (isIn(value, ranges[name])) make()
          else expect(make).toThrow(`RunTrainer: ${name} is ${value}`)
        },
      ),
    )
  })
})

test('a record that could not be read again is not written', async () => {
  const folder = temporaryFolder()
  const bundle = writeTinyBundle(join(folder, 'bundle'), tinyManifest(0.05))
  const data = writeTinyDataset(join(folder, 'data'))
  const out = join(folder, 'run')
  await train({ bundle, data, out, steps: 2, threads: 1, prepareAhead: 0 })
  const { record } = openRun(out)
  expect(() => sealRecord({ ...record, totalSteps: 2.5 })).toThrow(
    'a run would have a record that cannot be read: totalSteps',
  )
})
