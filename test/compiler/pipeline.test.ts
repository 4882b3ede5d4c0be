import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile, sgd, type CompileOptions, type Layer, type Program } from '../../src/index.ts'
import { at } from '../../src/base/lists.ts'
import type { DType } from '../../src/base/dtype.ts'
import { print } from '../../src/ir/print.ts'
import { countNodes } from '../../src/ir/walk.ts'
import { algorithms, targets, type Algorithm } from '../../src/bundle/lowerings.ts'
import type { AfterPass } from '../../src/passes/request.ts'
import { pipeline } from '../../src/passes/pipeline.ts'
import { encodeSection } from '../../src/sections/images.ts'
import { lowerSection } from '../../src/sections/lower-section.ts'
import { requestOf } from '../../src/sections/request.ts'
import { cifar10 } from '../../rules/recipes/cifar10.ts'
import { resnet18 } from '../../rules/recipes/resnet18.ts'
import { imageNet } from '../../rules/recipes/imagenet.ts'
import { stl10 } from '../../rules/recipes/stl10.ts'
import { tinyImageNet } from '../../rules/recipes/tiny-imagenet.ts'
import { variants, type Variants } from '../../rules/recipes/variants.ts'
import { vgg6 } from '../../rules/recipes/vgg.ts'
import { tracedTraining, type Training } from '../support/steps.ts'

/**
 * The passes, one after the other: after each one the graphs are verified, here as in all tests (`HEBB_VERIFY`), for
 * the recipes of a data set at a width at which every pass has something to do, and for all recipes.
 */

const recipes = variants(cifar10({ width: 1 / 8 }))
const { plusPlus, directFeedback, backpropagation } = recipes

/** What each pass left of each graph. */
function observed(program: Program, options: CompileOptions = {}): readonly AfterPass[] {
  const found: AfterPass[] = []
  compile(program, { ...options, observe: (told) => found.push(told) })
  return found
}

/** Passes that changed some graph. */
function working(all: readonly AfterPass[]): Set<string> {
  const changed = new Set<string>()
  const text = ({ source, updates }: AfterPass) =>
    [source, ...updates].map(({ outputs }) => print(outputs.map(({ node }) => node))).join('\n')
  for (const [i, after] of all.entries()) {
    const before = all[i - 1]
    if (before && after.pass !== 'trace' && text(before) !== text(after)) changed.add(after.pass)
  }
  return changed
}

/** This algorithm for all convolutions that can be computed so. */
const asking = (algorithm: Algorithm, choices: Training['choices']) =>
  Object.fromEntries(
    choices
      .filter(({ estimates }) => algorithm in estimates)
      .map(({ convolution }) => [convolution, algorithm]),
  )

test('tests verify graphs after each pass', () => {
  expect(process.env.HEBB_VERIFY).toBe('1')
})

test('passes have names of their own', () => {
  const names = pipeline.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('graphs are seen as traced first, and the passes that this width is chosen for have something to do', () => {
  const all = observed(plusPlus, { stepsPerRun: 4 })
  expect(all[0]?.pass).toBe('trace')
  const worked = working([...all, ...observed({ ...plusPlus, optimizer: sgd({ lr: 0.1, momentum: 0.9 }) })])
  // The others find what these leave in some programs only.
  for (const pass of [
    'stops',
    'simplify',
    'pooled-masks',
    'convolutions',
    'simplify-lowered',
    'share-lowered',
  ])
    expect(worked).toContain(pass)
  for (const pass of ['slices', 'updates', 'squares', 'update-loops', 'accumulate'])
    expect(worked).toContain(pass)
})

test('what is for one target runs on no other', () => {
  // Graphs of images are lowered in one way for all.
  const own = observed(plusPlus, { target: 'cuda' }).filter(({ section }) => section === 'train')
  const passes = new Set(own.map(({ pass }) => pass))
  expect(
    [...passes].filter((pass) => ['slices', 'updates', 'squares', 'update-loops'].includes(pass)),
  ).toEqual([])
  expect(passes).toContain('accumulate')
})

test('a graph is not longer in the end than it was traced, but for loops and algorithms of convolutions', () => {
  const all = observed(plusPlus, { target: 'portable' })
  const last = all.findLast(({ source }) => source.name === 'conv2')
  const first = all.find(({ source }) => source.name === 'conv2')
  if (!first || !last) throw new Error('no conv2')
  expect(countNodes(last.source)).toBeLessThan(countNodes(first.source))
})

describe.each(['float32', 'float64'] as const)('%s graphs', (dtype) => {
  test.each(Object.entries({ plusPlus, directFeedback, backpropagation }))(
    'of %s are valid after each pass, for every target, of one step or several',
    (_, program: Program) => {
      const graphs = tracedTraining({ ...program, dtype })
      for (const target of targets)
        for (const stepsPerRun of [1, 4]) expect(() => graphs({ target, stepsPerRun })).not.toThrow()
    },
  )
})

test.each(algorithms)('so are those of convolutions as %s', (algorithm) => {
  const graphs = tracedTraining(plusPlus)
  const lowering = asking(algorithm, graphs().choices)
  expect(Object.keys(lowering)).toEqual(['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'conv6'])
  for (const stepsPerRun of [1, 4]) expect(() => graphs({ lowering, stepsPerRun })).not.toThrow()
})

test.each(Object.entries(recipes))('and those of the recipe %s', (_, program: Program) => {
  expect(() => compile(program)).not.toThrow()
})

/** Programs that `rules/recipes` exports, at a size at which they compile in no time; the others are small. */
const folder = new URL('../../rules/recipes/', import.meta.url)
const width = 1 / 16
const encoders: Readonly<Record<string, readonly Layer[]>> = {
  'cifar10.ts': vgg6({ width: 1 / 8 }),
  'cifar10-quarter.ts': vgg6({ width }),
  'resnet18.ts': resnet18({ width: 4 }),
}
const smaller: Readonly<Record<string, Variants>> = {
  'stl10.ts': stl10({ size: 32, width }),
  'tiny-imagenet.ts': tinyImageNet({ size: 32, width }),
  'imagenet.ts': imageNet({ size: 32, width }),
}

const isProgram = (exported: unknown): exported is Program =>
  typeof exported === 'object' && exported !== null && 'encoder' in exported && 'learn' in exported

async function programsOf(file: string) {
  const { default: main, ...named } = (await import(new URL(file, folder).href)) as Record<string, unknown>
  const all = Object.values(named).includes(main) ? named : { main, ...named }
  const programs = Object.entries({ ...all, ...smaller[file] })
  return programs.flatMap(([name, exported]) =>
    isProgram(exported)
      ? [{ name: `${file}#${name}`, program: { ...exported, encoder: encoders[file] ?? exported.encoder } }]
      : [],
  )
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)
const exported = (await Promise.all(files.sort().map(programsOf))).flat()

/**
 * Three ways to compile the program of a number: for each target, in both types, with one step a run and several, the
 * convolutions as they are chosen and as two algorithms that are asked for.
 */
const threeWays = (number: number) =>
  [0, 1, 2].map((way) => ({
    target: at(targets, (number + way) % 3),
    dtype: at(['float32', 'float64'] as const, (number + way) % 2),
    stepsPerRun: at([1, 4], (Math.floor(number / 2) + way) % 2),
    algorithm: way === 0 ? undefined : at(algorithms, (Math.floor(number / 12) + 2 * (way - 1)) % 4),
  }))

const everyWay = targets.flatMap((target) =>
  (['float32', 'float64'] as const).flatMap((dtype) =>
    [1, 4].flatMap((stepsPerRun) =>
      [undefined, ...algorithms].map((algorithm) => ({ target, dtype, stepsPerRun, algorithm })),
    ),
  ),
)

/** All 60 ways for each program take some minutes: `HEBB_EVERY_WAY=1 npx vitest run test/compiler/pipeline.test.ts`. */
const isWhole = process.env.HEBB_EVERY_WAY === '1'
const waysOf = isWhole ? () => everyWay : threeWays

describe('every program of rules/recipes', () => {
  test.each(exported.map((each, number) => ({ ...each, ways: waysOf(number) })))(
    '$name is valid after each pass, in $ways.length ways',
    { timeout: isWhole ? 1_800_000 : 60_000 },
    ({ program, ways }) => {
      const traced = new Map<DType, ReturnType<typeof tracedTraining>>()
      let choices: Training['choices'] = []
      for (const { dtype, algorithm, ...options } of ways) {
        const graphs = traced.get(dtype) ?? tracedTraining({ ...program, dtype })
        traced.set(dtype, graphs)
        const lowering = algorithm ? asking(algorithm, choices) : {}
        ;({ choices } = graphs({ ...options, lowering }))
        const request = requestOf({ target: options.target, lowering })
        expect(() => lowerSection(encodeSection({ ...program, dtype }), { request })).not.toThrow()
      }
    },
  )

  test('meet every way that there is between them', () => {
    const met = new Set(exported.flatMap((_, number) => waysOf(number)).map((way) => JSON.stringify(way)))
    expect(met.size).toBe(everyWay.length)
  })
})
