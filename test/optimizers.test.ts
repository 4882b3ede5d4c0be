import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { afterAll, describe, expect, test } from 'vitest'
import * as hebb from '../src/index.ts'
import { compile, lion, type Program } from '../src/index.ts'
import { stepsOf } from './support/document.ts'

/** docs/optimizers.md is true: its Lion is Hebb's, its table can be evaluated, and what it says an update is given, it is. */

const text = readFileSync(new URL('../docs/optimizers.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(import.meta.dirname, 'optimizers-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('docs/optimizers.md', () => {
  const files = stepsOf(text).flatMap((step) => (step.kind === 'file' ? [step] : []))

  test('has a program whose Lion computes what lion does', async () => {
    const [file, ...others] = files
    expect(others).toEqual([])
    writeFileSync(join(folder, 'lion.ts'), file?.text ?? '')
    const { default: made } = (await import(join(folder, 'lion.ts'))) as { default: Program }
    const { manifest } = compile(made)
    expect(manifest.program.optimizer).toEqual({
      ...{ name: 'lion', beta1: 0.9, beta2: 0.99, 'clip.norm': 1 },
      noDecay: ['conv1.bias', 'conv2.bias'],
    })
    const { lr, weightDecay, noDecay, clip } = {
      lr: 1e-4,
      weightDecay: 0.1,
      noDecay: 'biases and norms',
      clip: { norm: 1 },
    } as const
    const ours: Program = { ...made, optimizer: lion({ lr, weightDecay, noDecay, clip }) }
    // The same mathematics: see decision 15.
    expect(manifest.identity).toBe(compile(ours).manifest.identity)
  })

  test('has a Lion that tells of a misspelt option at the line of its call', async () => {
    const file = join(folder, 'mine.ts')
    writeFileSync(
      file,
      "import { lion } from './lion.ts'\nexport const made = () =>\n  lion({ lr: 1e-4, clip: { norm: 1 }, bta1: 0.9 })\n",
    )
    const { made } = (await import(file)) as { made: () => unknown }
    expect(made).toThrow(
      expect.objectContaining({
        name: 'ProgramError',
        message: expect.stringMatching(
          /^lion has no option 'bta1'\n.*mine\.ts:3:3\n {2}did you mean 'beta1'\?$/,
        ) as unknown,
      }),
    )
  })

  const rows = text.split('\n').flatMap((line) => {
    const [, , code] = line.split(/\s*\|\s*/).map((cell) => /^`([^`]+)`$/.exec(cell)?.[1])
    return code?.includes('(') === true ? [code] : []
  })

  test.each(rows)('%s is an optimizer', (code) => {
    const names = Object.keys(hebb)
    const body: unknown = runInThisContext(`(${names.join(', ')}) => ${code}`)
    if (typeof body !== 'function') throw new Error(`${code} is no expression`)
    const made = Reflect.apply(body, undefined, Object.values(hebb)) as hebb.Optimizer
    expect(made.name).toBe(code.slice(0, code.indexOf('(')))
  })

  test('has every optimizer, average and schedule', () => {
    for (const name of ['sgd', 'adam', 'adamw', 'rmsprop', 'lion', 'lars', 'ema', 'swa'])
      expect(text).toMatch(new RegExp(`\\b${name}\\(`))
    for (const name of Object.keys(hebb.rates)) expect(text).toContain(`rates.${name}(`)
  })

  test('names all that an update is given', () => {
    const source = readFileSync(new URL('../src/lang/optimizers/optimizer.ts', import.meta.url), 'utf8')
    const [, body = ''] = /interface Update<[^]*?\{\n([^]*?)\n\}/.exec(source) ?? []
    const offered = [...body.matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name)
    const told = [...text.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name)
    expect(told).toEqual(expect.arrayContaining([...offered, 'name', 'layer', 'shape']))
  })
})
