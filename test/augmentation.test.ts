import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as hebb from '../src/index.ts'
import { hebb as runHebb, newFolder } from './cli/run-hebb.ts'
import { stepsOf } from './support/document.ts'

/** docs/augmentation.md is true: its program and its commands run, and it names every transform. */

const text = readFileSync(new URL('../docs/augmentation.md', import.meta.url), 'utf8')
const steps = stepsOf(text)

describe('docs/augmentation.md', () => {
  test('shows a program whose views its commands draw', async () => {
    const folder = newFolder()
    for (const step of steps) if (step.kind === 'file') writeFileSync(join(folder, step.name), step.text)
    const commands = new Set(steps.flatMap((step) => (step.kind === 'command' ? [step.command] : [])))
    expect([...commands]).toEqual(['npx hebb data preview salt.ts --images 4 --out views.png'])
    for (const command of commands) {
      const { code, stdout, stderr } = await runHebb(command.split(' ').slice(2), folder)
      expect(stdout, stderr).toMatch(/^views\.png: 4 images of .*, each as it is, then 2 views: a, b\n$/)
      expect(code).toBe(0)
      expect(existsSync(join(folder, 'views.png'))).toBe(true)
    }
  })

  test('has every transform', () => {
    const isTransform = (value: unknown) =>
      typeof value === 'object' && value !== null && 'name' in value && 'apply' in value
    const made = Object.entries(hebb).flatMap(([name, value]) => {
      if (typeof value !== 'function' || /^(class|async)/.test(String(value))) return []
      try {
        const given = name === 'rotation' ? [{ degrees: 10 }] : []
        const result: unknown = Reflect.apply(value, undefined, given)
        return [result].flat().every(isTransform) && [result].flat().length > 0 ? [name] : []
      } catch {
        return []
      }
    })
    expect(made).toEqual(expect.arrayContaining(['colourJitter', 'simclr', 'hybridImages', 'rotation']))
    for (const name of made) expect(text).toContain(`\`${name}(`)
  })
})
