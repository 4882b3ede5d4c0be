import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hebb, newFolder, write } from './cli/run-hebb.ts'
import { stepsOf } from './support/document.ts'

/** What docs/options.md shows is true: its programs, its commands, and what they print. */

const steps = stepsOf(readFileSync(new URL('../docs/options.md', import.meta.url), 'utf8'))
const files = steps.flatMap((step) => (step.kind === 'file' ? [step] : []))
const commands = steps.flatMap((step) => (step.kind === 'command' ? [step] : []))
const folder = newFolder()
const inside = mkdtempSync(join(import.meta.dirname, 'options-'))
afterAll(() => {
  rmSync(inside, { recursive: true, force: true })
})
beforeAll(() => {
  for (const { name, text } of files) for (const place of [folder, inside]) write(place, name, text)
})

describe('docs/options.md', () => {
  test.each(commands)('$command', { timeout: 180_000 }, async ({ command, output }) => {
    const [npx, name, ...words] = command.split(' ')
    expect([npx, name]).toEqual(['npx', 'hebb'])
    const { code, stdout, stderr } = await hebb(words, folder)
    if (output === undefined) expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    else expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: output })
  })

  test('sets options in code', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await import(join(inside, 'sizes.ts'))
    const widths = log.mock.calls.map(([options]: readonly unknown[]) => options)
    log.mockRestore()
    expect(widths).toEqual(
      [1, 1 / 2, 1 / 4].map((width) => expect.objectContaining({ width, rule: 'clapp' }) as unknown),
    )
  })
})
