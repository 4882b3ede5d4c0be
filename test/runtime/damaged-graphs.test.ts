import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { Trainer } from '../../runtime/train/trainer.ts'
import { damaged } from '../support/damage.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyDataset, tinyManifest, writeTinyBundle } from './tiny-bundle.ts'

/** Puts other bytes in the place of a graph, with a manifest that agrees with them. */
function replaceGraph(folder: string, file: string, bytes: Uint8Array): void {
  const path = join(folder, 'manifest.json')
  const old = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(join(folder, file), bytes)
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(old, sha256))
}

async function trainOneStep(folder: string): Promise<void> {
  const options = { bundle: loadBundle(folder), dataset: tinyDataset(), seed: 0, threads: 1, totalSteps: 1 }
  const trainer = await Trainer.create(options)
  try {
    await trainer.step(0)
  } finally {
    await trainer.release()
  }
}

describe('a damaged graph whose hash was made anew', () => {
  test.each(['augment.onnx', 'first.onnx', 'second.onnx'])(
    'is run, or refused in words: %s',
    async (file) => {
      const folder = temporaryFolder()
      writeTinyBundle(folder)
      const whole = new Uint8Array(readFileSync(join(folder, file)))
      await fc.assert(
        fc.asyncProperty(damaged(whole), async ({ bytes }) => {
          writeTinyBundle(folder, tinyManifest())
          replaceGraph(folder, file, bytes)
          const error = await trainOneStep(folder).catch((reason: unknown) => reason)
          if (error !== undefined) expect(error).toBeInstanceOf(UserError)
        }),
        { numRuns: 60 },
      )
    },
  )
})
