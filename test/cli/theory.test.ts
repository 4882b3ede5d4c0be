import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hebb, newFolder, startHebb } from './run-hebb.ts'

const figures = z.strictObject({
  seed: z.literal(3),
  networks: z.literal(1),
  passed: z.boolean(),
  checks: z.array(
    z.strictObject({
      title: z.string(),
      verdicts: z.array(z.strictObject({ holds: z.boolean(), claim: z.string() })),
      tables: z.array(
        z.strictObject({
          caption: z.string(),
          header: z.array(z.string()),
          rows: z.array(z.array(z.union([z.string(), z.number()]))),
        }),
      ),
    }),
  ),
})

describe.concurrent('hebb theory', () => {
  test('says what holds, with figures, and writes them as JSON', async () => {
    const file = join(newFolder(), 'theory.json')
    const { code, stdout, stderr } = await hebb(['theory', '--networks', '1', '--seed', '3', '--json', file])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Checking equal widths …\nChecking shrinking widths …\nChecking pooled scores …\n',
    })
    expect(stdout).toMatch(/^ {2}pass {2}softhinge: orthonormal weights: local = global/m)
    expect(stdout).toMatch(/^All \d+ claims hold \(.*\)\.$/m)
    const { passed, checks } = figures.parse(JSON.parse(readFileSync(file, 'utf8')))
    expect(passed).toBe(true)
    expect(checks.map(({ tables }) => tables.length)).toEqual([1, 1, 1])
  })

  test('stops cleanly on Ctrl-C', async () => {
    const { child, ended } = startHebb(['theory'])
    child.stderr?.once('data', () => child.kill('SIGINT'))
    const { code, stdout, stderr } = await ended
    expect(code).toBe(130)
    expect(stdout).toBe('')
    expect(stderr).toBe(
      'Checking equal widths …\n\nStopping after this network. Ctrl-C again stops at once.\n',
    )
  })
})
