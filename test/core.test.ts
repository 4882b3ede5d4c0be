import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { importsOf, root } from './support/imports.ts'

/** The core of the runtime runs wherever JavaScript does: it knows Node.js by two names alone, which a browser has, too. */

const seams = ['#here', '#platform']
/** Libraries that have no need of Node.js. */
const libraries = /^(zod|pure-rand\/.*|@noble\/hashes\/.*)$/

/** All files that the core is made of, those of types included. */
function reached(entry: string): Set<string> {
  const files = new Set([entry])
  for (const file of files)
    for (const wanted of importsOf(file)) if (wanted.endsWith('.ts')) files.add(wanted)
  return files
}

describe('what runtime/core.ts is made of', () => {
  const files = [...reached('runtime/core.ts')]

  test('is steps, batches, probes and alignment', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'runtime/train/run-stages.ts',
        'runtime/values/initialise.ts',
        'runtime/batches/draws.ts',
        'runtime/online/ridge.ts',
        'runtime/align/measure.ts',
        'src/bundle/verify/verify-graph.ts',
      ]),
    )
  })

  test('imports nothing of Node.js, nor onnxruntime', () => {
    for (const file of files)
      for (const wanted of importsOf(file).filter((name) => !name.endsWith('.ts')))
        expect(seams.includes(wanted) || libraries.test(wanted), `${file} imports ${wanted}`).toBe(true)
  })

  test('uses no name that is there in Node.js alone', () => {
    const names = /(?<![\w.'$`-])(process\.|Buffer[.(]|setImmediate|NodeJS\.|__dirname|global\.)/
    for (const file of files) {
      const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
      expect(names.exec(code)?.[0], file).toBeUndefined()
    }
  })
})

test('Node.js and browsers answer by the same names', () => {
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    imports: Record<string, { browser: string; default: string }>
  }
  expect(Object.keys(imports).sort()).toEqual(seams)
  for (const { browser, default: node } of Object.values(imports))
    expect([browser, node].map((path) => readFileSync(resolve(root, path), 'utf8'))).toEqual([
      expect.stringMatching(/export const (here: Here|platform: Platform) =/),
      expect.stringMatching(/export const (here: Here|platform: Platform) =/),
    ])
})

test('streams are keyed by the SHA-256 that Node.js has', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 256)
    expect(Buffer.from(sha256(bytes)).toString('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  }
})
