import fc from 'fast-check'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { at } from '../../src/base/lists.ts'
import { noFiles } from '../files/what-is-no-file.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { tinyManifest, writeTinyBundle } from '../runtime/tiny-bundle.ts'
import { readRecord } from '../../runtime/files/run-record.ts'
import { damaged } from '../support/damage.ts'
import { forge, FORGED, refusalOf, trainOneStep } from './forged-bundle.ts'

/** Bundles whose files or manifest somebody made to harm who opens them. */

const things = noFiles.filter(({ what }) => what !== 'nothing')

describe.runIf(process.platform !== 'win32')('a bundle is refused at once', () => {
  test.each(things.flatMap((thing) => [FORGED, 'manifest.json'].map((file) => ({ ...thing, file }))))(
    'whose $file is $what',
    async ({ file, make, told }) => {
      const folder = writeTinyBundle(temporaryFolder())
      rmSync(join(folder, file))
      await make(join(folder, file))
      const { name, message } = await refusalOf(folder)
      expect(name).toBe('FileError')
      expect(message).toContain(told)
    },
  )
})

/** A manifest in which something else stands at a place of the graph that is forged. */
const withGraph = (change: Readonly<Record<string, unknown>>) => {
  const { train, ...rest } = tinyManifest()
  return {
    ...rest,
    train: { ...train, graphs: train.graphs.map((graph, i) => (i === 0 ? { ...graph, ...change } : graph)) },
  }
}

const tiny = tinyManifest()
const withNegatives = {
  ...tiny,
  augment: {
    ...tiny.augment,
    draws: [{ kind: 'negatives', name: 'augment.noise', type: 'int64', shape: [4, 1, 1, 1], images: 3 }],
    graphs: tiny.augment.graphs.map((graph) => ({
      ...graph,
      inputs: graph.inputs.map((input) =>
        input.role === 'draw' ? { ...input, type: 'int64' as const } : input,
      ),
    })),
  },
}
const withName = (name: string) => ({
  ...tiny,
  encode: { ...tiny.encode, parameters: tiny.encode.parameters.flatMap((each) => [each, { ...each, name }]) },
})
const withProbe = (change: object) => ({
  ...tiny,
  probes: tiny.probes.map((probe, i) => (i === 0 ? { ...probe, ...change } : probe)),
})
const layersOf = (shape: readonly number[]) => ({
  ...tiny,
  program: { ...tiny.program, layers: tiny.program.layers.map((layer) => ({ ...layer, shape })) },
})
const viewsOf = (views: readonly string[]) => ({ ...tiny, program: { ...tiny.program, views } })
const manyNames = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`name${n}`, n]))
const withDraws = (draw: { readonly name: string }) => ({
  ...tiny,
  augment: {
    ...tiny.augment,
    draws: tiny.augment.draws.flatMap((each) => [each, { ...each, ...draw }]),
  },
})
const withRole = (section: 'encode', role: string, other: string) => ({
  ...tiny,
  [section]: {
    ...tiny[section],
    graphs: tiny[section].graphs.map((graph) => ({
      ...graph,
      inputs: graph.inputs.map((input) => (input.role === role ? { ...input, role: other } : input)),
    })),
  },
})
const withStart = (shape: readonly number[]) => ({
  ...tiny,
  encode: {
    ...tiny.encode,
    parameters: tiny.encode.parameters.map((each) => ({
      ...each,
      ...{ shape, init: { kind: 'orthogonal', gain: 1 } },
    })),
  },
})
const heldBy = (shape: readonly number[], ...names: readonly string[]) => ({
  ...{ name: 'scalars', role: 'scalars', type: 'float32', shape },
  holds: names.map((name) => ({ name, role: 'loss' })),
})
const withOutput = (output: object) =>
  withGraph({ outputs: [...(tiny.train.graphs[0]?.outputs ?? []), output] })
const withoutRate = { ...tiny.probes[0]?.train, rate: undefined }

describe('a bundle is refused whose manifest', () => {
  test.each<readonly [string, unknown, string]>([
    ['says that a graph is smaller than it is', withGraph({ bytes: 10 }), 'and by its manifest at most 10'],
    ['has one file for two graphs', withGraph({ file: 'second.onnx' }), 'second.onnx'],
    ['has a graph in another folder', withGraph({ file: '../first.onnx' }), 'train.graphs.0.file'],
    ['has a graph at the root of the disk', withGraph({ file: '/etc/passwd' }), 'train.graphs.0.file'],
    ['has a graph without a hash', withGraph({ sha256: undefined }), 'train.graphs.0.sha256'],
    ['has what nobody knows', { ...tinyManifest(), hooks: ['rm'] }, 'hooks'],
    [
      'has draws of a shape that they cannot have',
      withNegatives,
      "draw 'augment.noise' is not [count, views × 3]",
    ],
    [
      'gives a value the name of what files keep for themselves',
      withName('__metadata__'),
      "a value is called '__metadata__'",
    ],
    ['gives two values one name', withName('first.weight'), "a value is called 'first.weight'"],
    [
      'lists more losses than an output has numbers',
      withOutput(heldBy([1], 'a', 'b')),
      'does not give one number for each that it lists',
    ],
    [
      'gives two losses one name',
      withOutput(heldBy([2], 'a', 'a')),
      "two numbers that are shown are called 'a'",
    ],
    [
      'has the losses of an output that is a parameter',
      withOutput({ ...heldBy([1], 'a'), role: 'parameter' }),
      'does not give one number for each that it lists',
    ],
    [
      'has a probe of features that nobody makes',
      withProbe({ features: ['other'] }),
      "'other', which probe pixels reads,",
    ],
    [
      'has a probe without a learning rate',
      withProbe({ train: withoutRate }),
      'probe pixels has no learning rate',
    ],
    [
      'lists hundreds of thousands of wrong numbers',
      layersOf(Array<number>(200_000).fill(-1)),
      'program.layers.0.shape: ',
    ],
    [
      'lists hundreds of thousands of names that are none',
      viewsOf(Array<string>(400_000).fill('')),
      'program.views.0: ',
    ],
    ['has half a million names in one object', { ...tiny, ...manyNames(490_000) }, 'names more than 25000'],
    [
      'names a control character',
      viewsOf(['a\u001b[2J\nhebb: all is well']),
      'program.views.0: holds control',
    ],
    ['draws what no graph reads', withDraws({ name: 'd0' }), "no graph reads 'd0', which is drawn"],
    ['draws one thing twice', withDraws({ name: 'augment.noise' }), "'augment.noise' is drawn twice"],
    [
      'gives a parameter another role',
      withRole('encode', 'parameter', 'images'),
      "is to be given images 'first.weight', which nobody provides",
    ],
    [
      'gives what is given a role that nobody fills',
      withRole('encode', 'images', 'views'),
      "is to be given views 'images', which nobody provides",
    ],
    [
      'reads nothing of its images',
      withRole('encode', 'images', 'parameter'),
      "reads parameter 'images', which",
    ],
    ['runs a graph in blocks that makes none', withGraph({ blocks: 2 ** 40 }), 'in section train'],
    [
      'runs a graph again and again',
      { ...tiny, train: { ...tiny.train, schedule: [...tiny.train.schedule, ...tiny.train.schedule] } },
      "runs graph 'first' twice",
    ],
    ['takes hours to start', withStart([6000, 6000]), 'starting values that take 432000000000 '],
    ['repeats a graph for ever', withGraph({ blocks: 2 ** 53 }), 'train.graphs.0.blocks'],
  ])('%s', async (_, manifest, told) => {
    const { name, message } = await refusalOf(writeTinyBundle(temporaryFolder(), manifest))
    expect(name).toMatch(/^(BundleError|FileError)$/)
    expect(message).toContain(told)
  })
})

test('what a manifest says is told in short, and moves no cursor', async () => {
  for (const name of ['k'.repeat(5e6), 'evil\u001b[2J\nhebb: all is well']) {
    const { message } = await refusalOf(writeTinyBundle(temporaryFolder(), { ...tiny, [name]: 1 }))
    expect(message.length).toBeLessThan(500)
    expect(message.split('\n')).toHaveLength(2)
    expect(message).not.toContain('\u001b')
  }
})

test('a record of a run that lists a million wrong words is refused', () => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ format: 'hebb-run', version: 4, command: Array(2e5).fill(0) }),
  )
  expect(() => readRecord(folder)).toThrow('is not the folder of a run: run.json: ')
})

const isTold = (error: unknown): boolean => error === undefined || error instanceof UserError
const outcome = (folder: string): Promise<unknown> =>
  trainOneStep(folder).then(
    () => undefined,
    (error: unknown) => error,
  )

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** All places in a value. */
function placesIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [
    path,
    ...Object.entries(value).flatMap(([key, each]: [string, Json]) => placesIn(each, [...path, key])),
  ]
}
function replaced(value: Json, [key, ...rest]: readonly string[], by: (old: Json) => Json): Json {
  if (key === undefined) return by(value)
  if (Array.isArray(value))
    return value.map((each, i) => (String(i) === key ? replaced(each, rest, by) : each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, name === key ? replaced(each, rest, by) : each]),
  )
}
const odd: readonly Json[] = [
  0,
  1,
  2,
  3,
  5,
  1e9,
  -1,
  0.5,
  '',
  'views',
  'first.out',
  'labels',
  'loss',
  'float64',
  true,
  null,
  [],
  {},
]

describe('a good bundle that came to harm is run, or refused in words:', () => {
  test('any bytes of its manifest', async () => {
    const folder = writeTinyBundle(temporaryFolder())
    const path = join(folder, 'manifest.json')
    await fc.assert(
      fc.asyncProperty(damaged(new Uint8Array(readFileSync(path))), async ({ bytes }) => {
        writeFileSync(path, bytes)
        expect(await outcome(folder)).toSatisfy(isTold)
      }),
      { numRuns: 60 },
    )
  })

  test('any value in its manifest', async () => {
    const folder = writeTinyBundle(temporaryFolder())
    const whole = JSON.parse(JSON.stringify(tinyManifest())) as Json
    const places = placesIn(whole)
    await fc.assert(
      fc.asyncProperty(fc.nat(places.length - 1), fc.constantFrom(...odd), async (place, value) => {
        const other = replaced(whole, at(places, place), () => value)
        writeFileSync(join(folder, 'manifest.json'), JSON.stringify(other))
        expect(await outcome(folder)).toSatisfy(isTold)
      }),
      { numRuns: 120 },
    )
  })

  test('any bytes of a graph, whose hash was made anew', async () => {
    const folder = temporaryFolder()
    const whole = new Uint8Array(readFileSync(join(writeTinyBundle(folder), FORGED)))
    await fc.assert(
      fc.asyncProperty(damaged(whole), async ({ bytes }) => {
        expect(await outcome(forge(folder, () => bytes))).toSatisfy(isTold)
      }),
      { numRuns: 60 },
    )
  })
})
