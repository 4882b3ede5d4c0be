import { exec } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'

import { afterAll, describe, expect, test } from 'vitest'
import { ruleNames } from '../../src/cli/rule-names.ts'
import { typeErrors } from '../support/type-errors.ts'

import { hebb, newFolder, write } from './run-hebb.ts'

/** `hebb new rule`: what it writes runs, by the very commands that it prints. */

const project = fileURLToPath(new URL('../..', import.meta.url))
const inside = mkdtempSync(join(project, 'test/new-rule-'))
afterAll(() => {
  rmSync(inside, { recursive: true, force: true })
})

/** A command as it was printed, but for the length and the place of the training. */
async function run(command: string, folder: string, out: string): Promise<string> {
  const short = command.replace('--steps 100', '--steps 3').replace(/--out \S+/, `--out ${out}`)
  // Of this very test run, which the commands must not think themselves in.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$/.test(name)),
  )
  return new Promise((resolve, reject) => {
    exec(short, { cwd: folder, env: { ...env, NO_COLOR: '1' } }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${short}\n${stdout}\n${stderr}`))
      else resolve(stdout)
    })
  })
}

const commandsOf = (stdout: string): [train: string, test: string] => {
  const [, train = '', test = ''] = /\n\nnext:\n {2}(.+)\n {2}(.+)\n$/.exec(stdout) ?? []
  return [train, test]
}

async function expectToRun(stdout: string, folder: string, out: string): Promise<void> {
  const [train, test] = commandsOf(stdout)
  expect(await run(train, folder, out)).toMatch(
    /^trained 3 steps in [^]*last losses: conv1 [\d.]+, conv2 .*conv3/,
  )
  expect(await run(test, folder, out)).toMatch(/Tests +2 passed/)
}

describe('a new rule', () => {
  test('runs anywhere, with its test', { timeout: 180_000 }, async () => {
    const folder = newFolder()
    const { code, stdout, stderr } = await hebb(['new', 'rule', 'myRule', '--out', 'my rules'], folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^wrote my rules\/my-rule\.ts, my rules\/my-rule\.test\.ts and my rules\/tsconfig\.json\n/,
    )
    expect(readdirSync(join(folder, 'my rules')).sort()).toEqual([
      'my-rule.test.ts',
      'my-rule.ts',
      'tsconfig.json',
    ])
    await expectToRun(stdout, folder, 'run')
    expect(existsSync(join(folder, 'run/checkpoint.safetensors'))).toBe(true)
  })

  test("runs by short commands in the project's own folder", { timeout: 180_000 }, async () => {
    const out = relative(project, inside)
    const { code, stdout } = await hebb(['new', 'rule', 'mine', '--out', out], project)
    expect(code).toBe(0)
    expect(commandsOf(stdout)).toEqual([
      `npx hebb train ${out}/mine.ts --data data/fashion-mnist --out runs/mine --steps 100`,
      `npx vitest run ${out}/mine.test.ts`,
    ])
    await expectToRun(stdout, project, join(out, 'run'))
  })

  test('has a rule of about 15 lines, typed and formatted', async () => {
    const folder = mkdtempSync(join(inside, 'typed-'))
    await hebb(['new', 'rule', 'a_better_rule', '--out', folder])
    const files = ['a-better-rule.ts', 'a-better-rule.test.ts'].map((name) => join(folder, name))
    const [text = '', testText = ''] = files.map((file) => readFileSync(file, 'utf8'))

    const [, rule = ''] = /\n(export function aBetterRule\([^]*?\n\})\n/.exec(text) ?? []
    expect(rule.split('\n').length).toBeGreaterThan(10)
    expect(rule.split('\n').length).toBeLessThanOrEqual(15)
    expect(text).toMatch(/rule\('a-better-rule'/)
    expect(testText).toMatch(/import program from '\.\/a-better-rule\.ts'/)

    const style = await prettier.resolveConfig(join(project, 'package.json'))
    for (const each of [text, testText])
      expect(await prettier.format(each, { ...style, parser: 'typescript' })).toBe(each)

    expect(typeErrors(files)).toEqual([])
  })

  test.for(['mine.ts', 'mine.test.ts'])('never overwrites %s', async (name) => {
    const folder = newFolder()
    write(folder, name, 'precious')
    const { code, stdout, stderr } = await hebb(['new', 'rule', 'mine'], folder)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`FileError: ${name} is there already\n  Nothing was written.`)
    expect(readdirSync(folder)).toEqual([name])
    expect(readFileSync(join(folder, name), 'utf8')).toBe('precious')
  })

  test('tells where its folder cannot be', async () => {
    const folder = newFolder()
    write(folder, 'file', '')
    const { code, stderr } = await hebb(['new', 'rule', 'mine', '--out', 'file/rules'], folder)
    expect(stderr).toMatch(/^FileError: cannot write file\/rules: a part of the path is not a folder\n/)
    expect(code).toBe(1)
  })
})

describe('the name of a rule', () => {
  test.each(['my-rule', 'myRule', 'MyRule', 'my_rule', 'My-Rule'])(
    '%s is my-rule, and myRule in code',
    (name) => {
      expect(ruleNames(name)).toEqual({ rule: 'my-rule', constant: 'myRule' })
    },
  )

  test.each(['', '2nd', '-mine', 'mine-', 'my rule', 'my--rule', 'mine.ts', '../mine', 'ma\u00eetre'])(
    "'%s' is none",
    (name) => {
      expect(ruleNames(name)).toMatch(/^is no name for a rule: use letters, digits, - and _/)
    },
  )

  test.each(['class', 'Default', 'rule', 'max-pool'])("'%s' is taken", (name) => {
    expect(ruleNames(name)).toMatch(/^is taken: '(class|default|rule|maxPool)' has a meaning of its own/)
  })
})
