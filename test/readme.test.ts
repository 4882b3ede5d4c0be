import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compile, type Program } from '../src/index.ts'
import { newFolder } from './cli/run-hebb.ts'
import { stepsOf } from './support/document.ts'
import { absent, likeClone, shell } from './support/shell.ts'

/** The README is true: its program compiles as it stands, its commands run, and what it points to is there. */

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const folder = mkdtempSync(join(import.meta.dirname, 'readme-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the README', () => {
  test('shows a program that compiles', async () => {
    const [, code = ''] = /```ts\n([^]*?)```/.exec(readme) ?? []
    const file = join(folder, 'mine.ts')
    writeFileSync(file, code)
    const { default: program } = (await import(file)) as { default: Program }
    const { manifest } = compile(program)
    expect(manifest.train.graphs.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'conv3'])
  })

  test('has a rule of about 15 lines', () => {
    const [, rule = ''] = /(export const vicreg[^]*?\n {2}\}\)\n)/.exec(readme) ?? []
    expect(rule.trim().split('\n').length).toBeGreaterThan(5)
    expect(rule.trim().split('\n').length).toBeLessThanOrEqual(15)
  })

  test('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) expect(() => readFileSync(join(root, link))).not.toThrow(/ENOENT/)
  })

  test('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const [, script = ''] of readme.matchAll(/npm run ([\w:]+)/g))
      expect(scripts).toHaveProperty([script])
  })

  test('is read in a few minutes', () => {
    expect(readme.trim().split(/\s+/).length).toBeLessThanOrEqual(1000)
  })
})

/** What no test runs, and why. */
const allowed: Readonly<Record<string, string>> = {
  'npm test': 'it is what runs this test, by hand and in .ci/run',
  'npm run demo': 'its shortest form takes most of a minute of computing; its parts have tests of their own',
}

interface Run {
  /** The same with less training. */
  readonly short?: string
  readonly prints: RegExp
}
/** What is run here, in this order. */
const runs: Readonly<Record<string, Run>> = {
  'npx hebb new rule mine': { prints: /^wrote mine\.ts, mine\.test\.ts and tsconfig\.json\n/ },
  'npx hebb check mine.ts': { prints: /relative error of/ },
  'npx hebb inspect mine.ts --locality': { prints: /^conv1 +conv1\.weight +input, activity/m },
  'npx hebb data preview mine.ts --data data/fashion-mnist': { prints: /^views\.png: 8 images of / },
  'npx hebb run mine.ts --data data/fashion-mnist --out runs/mine --epochs 2': {
    short: 'npx hebb run mine.ts --data data/fashion-mnist --out runs/mine --steps 3 --probe-epochs 1',
    prints: /^global averages +trained +112 +\d/m,
  },
  'npx hebb align mine.ts --checkpoint runs/mine': {
    short: 'npx hebb align mine.ts --checkpoint runs/mine --batches 2',
    prints: /^conv3 +1\.000 ± 0\.000 +1\.00 ± 0\.00$/m,
  },
  'npx hebb export runs/mine --onnx encoder.onnx --safetensors encoder.safetensors': {
    prints: /encoder\.safetensors/,
  },
}
const comparison = /^npx hebb inspect --locality rules\/recipes\/(\S+ ?)+$/

/** Rows of a table, each with its cells. */
const rowsOf = (text: string, row: RegExp, between: RegExp): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...text.matchAll(row)].map(([line]) => {
      const [name = '', ...cells] = line.split(between).filter((cell) => cell !== '')
      return [name, cells]
    }),
  )

const missing = absent('sh', 'npx')
const title = `the commands of the README${missing.length > 0 ? `, which need ${missing.join(', ')}` : ''}`

describe.skipIf(missing.length > 0)(title, () => {
  const commands = stepsOf(readme).flatMap((step) => (step.kind === 'command' ? [step.command] : []))
  const clone = newFolder()
  likeClone(clone)

  test('are all run by a test, or named above with the reason why not', () => {
    const [compared = [], others = []] = [true, false].map((wanted) =>
      commands.filter((command) => comparison.test(command) === wanted),
    )
    expect(compared).toHaveLength(1)
    expect([...new Set(others)].sort()).toEqual([...Object.keys(allowed), ...Object.keys(runs)].sort())
  })

  for (const [command, { short, prints }] of Object.entries(runs))
    test(`${command}${short === undefined ? '' : `, as ${short}`}`, { timeout: 180_000 }, async () => {
      const { code, stdout, stderr } = await shell(short ?? command, clone)
      expect(stdout, stderr).toMatch(prints)
      expect(code, stderr).toBe(0)
    })

  test('make its table of what updates read', { timeout: 180_000 }, async () => {
    const command = commands.find((each) => comparison.test(each)) ?? ''
    const { code, stdout, stderr } = await shell(command, clone)
    expect(code, stderr).toBe(0)
    const [, ...lines] = stdout.split('\n')
    const printed = rowsOf(lines.join('\n'), /^\w.*$/gm, / {2,}/)
    const shown = rowsOf(readme, /^\| (?!an update|-).*$/gm, /^\| | +\| +| +\|$/)
    expect(shown.size).toBeGreaterThan(5)
    for (const [name, cells] of printed)
      expect([name, ...cells]).toEqual([name, ...(shown.get(name) ?? cells.map(() => '–'))])
    expect([...shown.keys()].filter((name) => !printed.has(name))).toEqual([])
  })
})
