import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { adamw, compile, ema, global, local, rates } from '../src/index.ts'
import { clapp, clappDirectFeedback, clappPlusPlus } from '../rules/index.ts'
import { inputRoles, outputRoles } from '../src/bundle/roles.ts'
import { tinyPools, tinyProgram } from './support/programs.ts'
import { vectors, vectorsFolder } from '../scripts/vectors/vectors.ts'

/** docs/bundle.md names all that a manifest may say; the examples beside it are what our sources make: npm run vectors. */

const specification = readFileSync(new URL('../bundle.md', vectorsFolder), 'utf8')
/** Told to people, and to no runtime. */
const untold = new Set(['cost', 'locality', 'lowering', 'optimizer', 'options'])

/** Names of all fields of a manifest. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(namesIn)
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) => [
    name,
    ...(untold.has(name) ? [] : namesIn(each)),
  ])
}

const learning = [local(clappPlusPlus(tinyPools)), local(clappDirectFeedback(tinyPools)), global(clapp())]
const optimizer = adamw({ lr: rates.cosine(1e-3), average: ema({ decay: 0.9 }) })

test('every field of a manifest, and every role, is specified', () => {
  const manifests = learning.flatMap((learn) =>
    (['cpu', 'cuda'] as const).map(
      (target) => compile(tinyProgram({ learn, optimizer, dtype: 'float32' }), { target }).manifest,
    ),
  )
  const names = new Set([...namesIn(manifests), ...inputRoles, ...outputRoles])
  expect(names.size).toBeGreaterThan(80)
  const words = new Set(specification.match(/[A-Za-z0-9]+/g))
  expect([...names].filter((name) => !words.has(name))).toEqual([])
})

const made = await vectors()

test('the files of test vectors are those that are made', () => {
  expect(readdirSync(vectorsFolder).sort()).toEqual(Object.keys(made).sort())
})

test.each(Object.entries(made))('%s is as it is made now', (name, text) => {
  expect(readFileSync(new URL(name, vectorsFolder), 'utf8')).toBe(text)
})
