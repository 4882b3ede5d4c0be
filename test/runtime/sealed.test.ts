import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadCheckpoint, openCheckpoint, saveCheckpoint } from '../../runtime/files/checkpoint.ts'
import { initialValues, valuesOf } from '../../runtime/values/start.ts'
import { readSafetensors, writeSafetensors } from '../../runtime/files/safetensors.ts'
import { UserError } from '../../src/base/error.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyBundle, tinyManifest } from './tiny-bundle.ts'

/** A checkpoint carries checksums: what is not as it was written is not read. */

const bundle = tinyBundle()
const { train } = tinyManifest()
const start = { values: initialValues(train, 3), step: 17, totalSteps: 40, seed: 3 }
const written = (): string => {
  const path = join(temporaryFolder(), 'checkpoint.safetensors')
  saveCheckpoint(path, start, bundle)
  return path
}
/** Made anew for each test; the same bytes each time. */
const wholeBytes = (): Buffer => readFileSync(written())

/** The checkpoint with other metadata or tensors, as somebody might write it who knows the format and no more. */
const rewritten = (
  change: (file: ReturnType<typeof readSafetensors>) => ReturnType<typeof readSafetensors>,
) => {
  const path = written()
  const { tensors, metadata } = change(readSafetensors(path))
  writeSafetensors(path, tensors, metadata)
  return path
}

describe('a checkpoint', () => {
  test('of which any bit is turned is refused', () => {
    const [path, whole] = [written(), wholeBytes()]
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (place, bit) => {
        const bytes = Buffer.from(whole)
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place)
        writeFileSync(path, bytes)
        try {
          loadCheckpoint(path, bundle)
        } catch (error) {
          return error instanceof UserError
        }
        return false
      }),
      { numRuns: 500 },
    )
  })

  test('whose tensors have changed places is refused, though each is sound', () => {
    const path = rewritten(({ tensors, metadata }) => {
      const [weight, momentum] = [tensors.get('first.weight'), tensors.get('first.weight.momentum')]
      if (!weight || !momentum) throw new Error('no tensors')
      const swapped = { 'first.weight': momentum, 'first.weight.momentum': weight }
      return { metadata, tensors: new Map([...tensors, ...Object.entries(swapped)]) }
    })
    expect(() => loadCheckpoint(path, bundle)).toThrow("the checksum of 'first.weight' differs")
  })

  test.each([
    ['step', '18'],
    ['step', '1e1'],
    ['seed', '4'],
    ['totalSteps', '41'],
    ['program', 'another'],
    ['tensors', '{}'],
    ['tensors', 'nothing'],
    ['sha256', 'none'],
  ])('whose %s became %s is refused', (name, value) => {
    const path = rewritten(({ tensors, metadata }) => ({ tensors, metadata: { ...metadata, [name]: value } }))
    expect(() => loadCheckpoint(path, bundle)).toThrow(UserError)
  })

  test('without checksums is refused: nobody can tell what became of it', () => {
    const path = rewritten(({ tensors, metadata }) => {
      const others = Object.entries(metadata).filter(([name]) => name !== 'sha256')
      return { tensors, metadata: Object.fromEntries(others) }
    })
    expect(() => loadCheckpoint(path, bundle)).toThrow('carries no checksums')
  })

  test('is read from the file that was opened, whatever is put in its place meanwhile', () => {
    const path = written()
    const { file, step, close } = openCheckpoint(path, bundle)
    const other = initialValues(train, 4)
    saveCheckpoint(path, { ...start, values: other, step: 18 }, bundle)
    const data = new Float32Array(4)
    expect(valuesOf(train, { seed: 0, checkpoint: file }).fill('first.weight', data)).toBe(true)
    close()
    expect(step).toBe(17)
    expect(data).toEqual(start.values.get('first.weight')?.data)
    expect(data).not.toEqual(other.get('first.weight')?.data)
  })

  test('that is refused leaves no file open', () => {
    const path = written()
    writeFileSync(path, wholeBytes().subarray(0, 100))
    const free = () => {
      const file = openSync(path, 'r')
      closeSync(file)
      return file
    }
    const before = free()
    expect(() => openCheckpoint(path, bundle)).toThrow(UserError)
    expect(free()).toBe(before)
  })
})
