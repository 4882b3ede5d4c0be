import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { loadCheckpoint, saveCheckpoint } from '../../runtime/files/checkpoint.ts'
import type { Checkpoint } from '../../runtime/files/checkpoint.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { writeSafetensors } from '../../runtime/files/safetensors.ts'
import { elements } from '../../runtime/values/tensor.ts'
import { UserError } from '../../src/base/error.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle } from './tiny-bundle.ts'

const bundleOf = (manifest = tinyManifest()) => loadBundle(writeTinyBundle(temporaryFolder(), manifest))
const start = (): Checkpoint => ({
  values: initialValues(tinyManifest().train, 3),
  step: 17,
  totalSteps: 40,
  seed: 3,
})
/** The start, but with this number all over one weight. */
const withWeight = (name: string, shape: readonly number[], value: number): Checkpoint => {
  const data = new Float32Array(elements(shape)).fill(value)
  return { ...start(), values: new Map([...start().values, [name, { type: 'float32', shape, data }]]) }
}

/** What a checkpoint holds; its checksum is of the file. */
const heldIn = (path: string, bundle = bundleOf()) => {
  const { checksum, ...held } = loadCheckpoint(path, bundle)
  expect(checksum).toMatch(/^[0-9a-f]{64}$/)
  return held
}

const mistake = (action: () => unknown): UserError => {
  try {
    action()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a checkpoint', () => {
  test('comes back as it was written', () => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    saveCheckpoint(path, start(), bundleOf())
    expect(heldIn(path)).toEqual(start())
  })

  test('holds parameters and states under the names of the manifest', () => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    saveCheckpoint(path, start(), bundleOf())
    expect([...loadCheckpoint(path, bundleOf()).values.keys()].sort()).toEqual([
      'first.weight',
      'first.weight.momentum',
      'second.weight',
    ])
  })

  test.each([NaN, Infinity, -Infinity])('is not written with a value of %d; the last one stays', (value) => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    const bundle = bundleOf()
    saveCheckpoint(path, start(), bundle)
    const broken = withWeight('second.weight', [1, 1], value)
    const { name, message } = mistake(() => {
      saveCheckpoint(path, { ...broken, step: 18 }, bundle)
    })
    expect(name).toBe('TrainingError')
    expect(message).toContain("'second.weight'")
    expect(message).toContain('step 18')
    expect(heldIn(path, bundle)).toEqual(start())
  })

  test('of huge but finite values is written, though their sum overflows', () => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    const huge = withWeight('first.weight', [4, 1], 3e38)
    saveCheckpoint(path, huge, bundleOf())
    expect(heldIn(path)).toEqual(huge)
  })

  test('of another program names the first tensor that differs', () => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    saveCheckpoint(path, start(), bundleOf())
    const { train, ...rest } = tinyManifest()
    const [first] = train.parameters
    if (!first) throw new Error('no parameter')
    const extra = { ...first, name: 'third.memory', shape: [2], constant: true as const }
    const other = bundleOf({ ...rest, train: { ...train, parameters: [...train.parameters, extra] } })
    const { name, message } = mistake(() => loadCheckpoint(path, other))
    expect(name).toBe('CheckpointError')
    expect(message).toContain("checkpoint of another program ('tiny'): it has no 'third.memory'")
  })

  test('with a tensor of another shape names both shapes', () => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    const { values, ...rest } = start()
    const wrong = { type: 'float32' as const, shape: [2, 2], data: new Float32Array(4) }
    saveCheckpoint(path, { ...rest, values: new Map([...values, ['first.weight', wrong]]) }, bundleOf())
    expect(mistake(() => loadCheckpoint(path, bundleOf())).message).toContain(
      "its 'first.weight' is float32[2, 2], not float32[4, 1]",
    )
  })

  test('of the same tensors but another setting is of another program', () => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    saveCheckpoint(path, start(), bundleOf())
    const { name, message } = mistake(() => loadCheckpoint(path, bundleOf(tinyManifest(0.5))))
    expect(name).toBe('CheckpointError')
    expect(message).toContain("another program that is also called 'tiny'")
  })

  test.each([
    [
      'other safetensors',
      (path: string) => {
        writeSafetensors(path, new Map(), {})
      },
      'CheckpointError',
    ],
    [
      'a torn file',
      (path: string) => {
        writeFileSync(path, 'torn')
      },
      'FileError',
    ],
    ['a missing file', () => undefined, 'FileError'],
  ])('%s is none', (_, make, kind) => {
    const path = join(temporaryFolder(), 'checkpoint.safetensors')
    make(path)
    const { name, message } = mistake(() => loadCheckpoint(path, bundleOf()))
    expect(name).toBe(kind)
    expect(message).toContain(path)
  })
})
