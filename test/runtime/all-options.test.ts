import { expect, test } from 'vitest'
import {
  evaluate,
  findData,
  GradientEvaluator,
  initialValues,
  loadBundle,
  measureAlignment,
  openDataset,
  openRun,
  probeEncoder,
  probePixels,
  Stepper,
  Trainer,
  trainProjections,
} from '../../runtime/index.ts'
import { refusal } from '../support/refusal.ts'
import { tinyBundle, tinyDataset } from './tiny-bundle.ts'

/** Every function of the runtime checks what it is given, by the same table and in the same words. */

const bundle = tinyBundle()
const { train, encode } = bundle.manifest
const images = tinyDataset()
const values = initialValues(train, 0)
/** As `compileAlignment` gives it, as far as that is looked at. */
const compared = { ...bundle, manifest: { ...bundle.manifest, alignment: train } }

const [newStepper, newTrainer, newEvaluator] = [
  Stepper.create.bind(Stepper),
  Trainer.create.bind(Trainer),
  GradientEvaluator.create.bind(GradientEvaluator),
]

type Given = Readonly<Record<string, unknown>>
/** As JavaScript would: types are not checked when a program runs. */
const called = (work: (...given: never[]) => unknown, ...given: readonly unknown[]): Promise<unknown> =>
  Promise.resolve().then(() => work(...(given as never[])))

/** Each with what it needs; some of that is changed. */
const functions: Readonly<Record<string, (change: Given) => Promise<unknown>>> = {
  evaluate: (change) => called(evaluate, values, { bundle, dataset: images, ...change }),
  probeEncoder: (change) => called(probeEncoder, values, { bundle, train: images, test: images, ...change }),
  probePixels: (change) => called(probePixels, { bundle, train: images, test: images, ...change }),
  'Trainer.create': (change) =>
    called(newTrainer, { bundle, dataset: images, seed: 0, totalSteps: 2, ...change }),
  'Stepper.create': (change) => called(newStepper, bundle, change),
  measureAlignment: (change) =>
    called(measureAlignment, { bundle: compared, dataset: images, values, seed: 0, batches: 1, ...change }),
  trainProjections: (change) =>
    called(trainProjections, {
      ...{ bundle, dataset: images, section: train, values, seed: 0, steps: 1, first: 0 },
      ...change,
    }),
}

test.each(Object.entries(functions))(
  '%s refuses sessions that are none, and names that it has not',
  async (name, run) => {
    const cores = 'give a whole number from 1 to 1024'
    expect(await refusal(run({ threads: 0 }))).toBe(`OptionError: ${name}: threads is 0\n  ${cores}`)
    expect(await refusal(run({ threads: 1.5 }))).toBe(`OptionError: ${name}: threads is 1.5\n  ${cores}`)
    expect(await refusal(run({ provider: 'gpu' }))).toContain(
      `${name}: provider is 'gpu'\n  give 'cpu' or 'cuda'`,
    )
    expect(await refusal(run({ device: -1 }))).toBe(
      `OptionError: ${name}: device is -1\n  give a whole number from 0 to 1023`,
    )
    expect(await refusal(run({ tf32: 1 }))).toBe(`OptionError: ${name}: tf32 is 1\n  give true or false`)
    expect(await refusal(run({ threds: 1 }))).toBe(
      `OptionError: ${name} has no option 'threds'\n  did you mean 'threads'?`,
    )
  },
)

test.each(Object.entries(functions))('%s is on a GPU only where it is on CUDA', async (_, run) => {
  const told = "Give provider 'cuda', too, or leave device out."
  expect(await refusal(run({ device: 0 }))).toContain(`device is given, and the provider is cpu\n  ${told}`)
  expect(await refusal(run({ tf32: true }))).toContain('tf32 is given, and the provider is cpu')
})

test.each<[string, Given, string]>([
  ['evaluate', { bundle: 'mine' }, "bundle is 'mine'\n  give a bundle: what compile or loadBundle gives"],
  [
    'evaluate',
    { dataset: 'mine' },
    "dataset is 'mine'\n  give a data set: what openDataset or dataset gives",
  ],
  ['evaluate', { onImages: 5 }, 'onImages is 5\n  give a function, (done) => …'],
  ['probeEncoder', { k: 0 }, 'k is 0\n  give a whole number from 1'],
  ['probeEncoder', { epochs: 1.5 }, 'epochs is 1.5\n  give a whole number from 1'],
  ['probeEncoder', { repeats: -1 }, 'repeats is -1\n  give a whole number from 0'],
  ['probeEncoder', { probes: ['avrage'] }, "the bundle has no probe 'avrage'\n  did you mean 'average'?"],
  ['probePixels', { seed: -1 }, 'seed is -1\n  give a whole number, 0 or more'],
  ['Trainer.create', { totalSteps: NaN }, 'totalSteps is NaN\n  give a whole number from 1'],
  ['Trainer.create', { prepareAhead: 0.5 }, 'prepareAhead is 0.5\n  give a whole number from 0 to 1000'],
  ['Stepper.create', { seed: 'a' }, "seed is 'a'\n  give a whole number, 0 or more"],
  ['Stepper.create', { values: {} }, 'values is an object {}\n  give a Map of values by name'],
  ['Stepper.create', { values, seed: 1 }, 'seed and values are both given\n  give one of them'],
  ['measureAlignment', { batches: 0 }, 'batches is 0\n  give a whole number from 1'],
  ['measureAlignment', { signal: 5 }, 'signal is 5\n  give an AbortSignal'],
  ['trainProjections', { steps: 1.5 }, 'steps is 1.5\n  give a whole number from 1'],
  ['trainProjections', { first: -1 }, 'first is -1\n  give a whole number from 0'],
])('%s: %j is refused', async (name, change, told) => {
  const run = functions[name]
  if (!run) throw new Error(`there is no ${name}`)
  expect(await refusal(run(change))).toContain(`${name}: ${told}`)
})

test.each<[string, () => Promise<unknown>, string]>([
  ['values', () => called(evaluate, 5, { bundle, dataset: images }), 'evaluate: values is 5\n  give a Map'],
  ['a section', () => called(newStepper, bundle, encode), 'Stepper.create: values is missing\n  give a Map'],
  ['a bundle', () => called(newStepper, {}), 'Stepper.create: bundle is an object {}\n  give a bundle'],
  ['a session', () => called(newStepper, bundle, encode, values, { threads: 0 }), 'threads is 0'],
  ['gradients', () => called(newEvaluator, { manifest: {} }, values), 'GradientEvaluator.create: compiled'],
  ['a split', () => called(openDataset, 'data/fashion-mnist', 'tain'), "did you mean 'train'?"],
  ['ways to open', () => called(openDataset, 'x', 'train', { wantd: [1, 2, 2] }), "did you mean 'wanted'?"],
  ['a place', () => called(findData, undefined), 'findData: spec is missing\n  give a path'],
  [
    'a bundle of nowhere',
    () => called(loadBundle, undefined),
    'loadBundle: folder is missing\n  give a path',
  ],
  ['a run of nowhere', () => called(openRun, 5), 'openRun: folder is 5\n  give a path'],
])('arguments, too: %s', async (_, work, told) => {
  expect(await refusal(work())).toContain(told)
})

test('a stepper of a training step is given seed, values and session in one', async () => {
  const [plain, seeded, valued] = [
    await Stepper.create(bundle),
    await Stepper.create(bundle, { seed: 7, threads: 1 }),
    await Stepper.create(bundle, { values: initialValues(train, 7), threads: 1 }),
  ]
  expect(plain.values()).toEqual(initialValues(train, 0))
  expect(seeded.values()).toEqual(initialValues(train, 7))
  expect(valued.values()).toEqual(seeded.values())
  for (const stepper of [plain, seeded, valued]) await stepper.release()
})
