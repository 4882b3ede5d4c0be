import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { newFolder, write } from './cli/run-hebb.ts'
import { stepsOf, withOutputs, type ShownCommand } from './support/document.ts'
import { comparable } from './support/printed.ts'
import { absent, linkHebb, shellWithoutNpx } from './support/shell.ts'

/** Whoever follows docs/tutorial.md from its first line to its last gets what it shows. */

const path = new URL('../docs/tutorial.md', import.meta.url)
const text = readFileSync(path, 'utf8')
const update = process.env.UPDATE_GOLDEN !== undefined

/** What no test does. What these leave is made by `linkHebb`. */
const setUp = [
  'cd hebb',
  'npm ci', // changes the clone in which this runs; scripts/install-if-missing.mjs does it before `npm test`
  'mkdir ../mine',
  'cd ../mine',
  'npm init --yes', // npm's own
  'npm install ../hebb', // npm's own, and might change the clone
]

const beside = newFolder()
const folder = join(beside, 'mine')
mkdirSync(folder)
symlinkSync(join(import.meta.dirname, '..'), join(beside, 'hebb'))
linkHebb(folder)

const printed = new Map<number, string>()
afterAll(() => {
  if (update) writeFileSync(path, withOutputs(text, printed))
})

async function expectAsShown({ line, command, output, isNear }: ShownCommand): Promise<void> {
  const { code, stdout, stderr } = await shellWithoutNpx(command, folder)
  // A mistake is shown on standard error, and what is no mistake ends well.
  const isMistake = /^\w+Error: /.test(update ? stderr : (output ?? ''))
  const told = isMistake ? stderr : stdout
  if (output !== undefined) {
    const [first, second] = comparable(told, output, isNear)
    if (!update) expect(first, stderr).toBe(second)
    // Where it is right already, times and last digits stay.
    else if (first !== second) printed.set(line, told)
  }
  expect(code, stderr).toBe(isMistake ? 1 : 0)
}

const missing = absent('sh', 'npx', 'head')
const title = `the tutorial${missing.length > 0 ? `, which needs ${missing.join(', ')}` : ''}`

describe.skipIf(missing.length > 0)(title, () => {
  const steps = stepsOf(text)

  test('begins with a clone and an empty folder beside it', () => {
    const first = steps.slice(0, setUp.length).map((step) => step.kind === 'command' && step.command)
    expect(first).toEqual(setUp)
  })

  // In their order: each finds what those before it have left.
  for (const step of steps.slice(setUp.length))
    if (step.kind === 'command')
      test(`line ${step.line}: ${step.command}`, { timeout: 180_000 }, () => expectAsShown(step))
    else
      test(`line ${step.line}: ${step.name}`, () => {
        expect(step.name, 'a program has the name of its file').not.toBe('')
        write(folder, step.name, step.text)
      })
})
