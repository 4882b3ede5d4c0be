import { describe, expect, test } from 'vitest'
import { compile, sgd, type CompileOptions, type Program } from '../../src/index.ts'
import { print } from '../../src/ir/print.ts'
import { countNodes } from '../../src/ir/walk.ts'
import { targets } from '../../src/bundle/lowerings.ts'
import type { AfterPass } from '../../src/passes/request.ts'
import { algorithms } from '../../src/bundle/lowerings.ts'
import { pipeline } from '../../src/passes/pipeline.ts'
import { cifar10 } from '../../rules/recipes/cifar10-facts.ts'
import { variants } from '../../rules/recipes/variants.ts'
import { vgg6 } from '../../rules/recipes/vgg.ts'

/**
 * The passes, one after the other: after each one the graphs are verified, here as in all tests (`HEBB_VERIFY`), for
 * all recipes of a data set at a width at which every pass has something to do.
 */

const recipes = variants({ ...cifar10, name: 'CIFAR-10', encoder: vgg6({ width: 1 / 8 }) })
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
  const passes = new Set(observed(plusPlus, { target: 'cuda' }).map(({ pass }) => pass))
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

describe.each(targets)('for %s', (target) => {
  test.each(['float32', 'float64'] as const)('%s graphs are valid after each pass', (dtype) => {
    for (const program of [plusPlus, directFeedback, backpropagation])
      for (const stepsPerRun of [1, 4])
        expect(() => compile({ ...program, dtype }, { target, stepsPerRun })).not.toThrow()
  })
})

test.each(algorithms)('so are those of convolutions as %s', (algorithm) => {
  const convolutions = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'conv6']
  const lowering = Object.fromEntries(convolutions.map((name) => [name, algorithm]))
  for (const stepsPerRun of [1, 4]) expect(() => compile(plusPlus, { lowering, stepsPerRun })).not.toThrow()
})

test.each(Object.entries(recipes))('and those of the recipe %s', (_, program: Program) => {
  expect(() => compile(program)).not.toThrow()
})
