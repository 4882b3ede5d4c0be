import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { compile, UserError } from '../../src/index.ts'
import { takeLock } from '../../src/base/lock.ts'
import { bundleInMemory } from '../../src/bundle/bundle-in-memory.ts'
import { manifestSchema } from '../../src/bundle/manifest.ts'
import { replaceFolder } from '../../src/bundle/replace-folder.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { tinyProgram } from '../support/programs.ts'

const bundle = compile(tinyProgram())
const newTarget = () => join(temporaryFolder(), 'bundle')

describe('writing a bundle', () => {
  test('makes a folder of the manifest and its graphs, whose hashes it holds', () => {
    const folder = newTarget()
    writeBundle(folder, bundle)
    const text = readFileSync(join(folder, 'manifest.json'))
    expect(text).toEqual(Buffer.from(bundle.text))
    const manifest = manifestSchema.parse(JSON.parse(text.toString()))
    expect(manifest).toEqual(bundle.manifest)
    for (const { file, sha256 } of manifest.train.graphs)
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
      ).toBe(sha256)
    expect(readdirSync(folder).sort()).toEqual([...bundle.files.keys(), 'manifest.json'].sort())
  })

  test('lists of numbers stay on one line, whatever names contain', () => {
    const named = { ...bundle.manifest, program: { ...bundle.manifest.program, name: '[ 1,  2 ]' } }
    const text = Buffer.from(bundleInMemory(named, bundle.files).text).toString()
    expect(text).toContain('"shape": [3, 2, 3, 3]')
    expect(JSON.parse(text)).toEqual(named)
  })

  test('makes the folders on the way, and leaves nothing else there', () => {
    const root = temporaryFolder()
    writeBundle(join(root, 'a/b/bundle'), bundle)
    expect(readdirSync(join(root, 'a/b'))).toEqual(['bundle'])
  })

  test('replaces an empty folder, an older bundle whole, and what a link leads to', () => {
    const folder = newTarget()
    mkdirSync(folder)
    writeBundle(folder, bundle)
    const manifest = join(folder, 'manifest.json')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll('"conv1.onnx"', '"old.onnx"'))
    renameSync(join(folder, 'conv1.onnx'), join(folder, 'old.onnx'))
    chmodSync(folder, 0o750)
    const link = join(temporaryFolder(), 'link')
    symlinkSync(folder, link)
    writeBundle(link, bundle)
    expect(statSync(folder).mode & 0o777).toBe(0o750)
    expect(existsSync(join(folder, 'old.onnx'))).toBe(false)
    expect(existsSync(join(folder, 'conv1.onnx'))).toBe(true)
  })

  test.each([
    [
      'a file',
      (path: string) => {
        writeFileSync(path, '')
      },
      'is a file',
    ],
    [
      'a folder of other things',
      (path: string) => {
        mkdirSync(path)
        writeFileSync(join(path, 'notes.txt'), '')
      },
      'holds something else',
    ],
    [
      'a bundle with other things',
      (path: string) => {
        writeBundle(path, bundle)
        writeFileSync(join(path, 'notes.txt'), '')
      },
      'but also notes.txt',
    ],
    [
      "a bundle with a graph of somebody's own",
      (path: string) => {
        writeBundle(path, bundle)
        writeFileSync(join(path, 'mine.onnx'), '')
      },
      'but also mine.onnx',
    ],
    [
      'the bundle of a run',
      (path: string) => {
        writeBundle(path, bundle)
        writeFileSync(join(path, '..', 'run.json'), '')
      },
      'is the bundle of a run',
    ],
    [
      'a foreign manifest',
      (path: string) => {
        mkdirSync(path)
        writeFileSync(join(path, 'manifest.json'), '{}')
      },
      'holds something else',
    ],
  ])('does not replace %s', (_, make, problem) => {
    const folder = newTarget()
    make(folder)
    expect(() => {
      writeBundle(folder, bundle)
    }).toThrow(UserError)
    expect(() => {
      writeBundle(folder, bundle)
    }).toThrow(problem)
  })

  test('does not take its folder away from who works in it', () => {
    const folder = newTarget()
    mkdirSync(folder)
    const here = vi.spyOn(process, 'cwd').mockReturnValue(folder)
    expect(() => {
      writeBundle(folder, bundle)
    }).toThrow('is the working folder, which a bundle would replace')
    here.mockRestore()
  })

  test('removes what was broken off beside it, and nothing that only looks like it', () => {
    const folder = newTarget()
    const file = (place: string, name: string) => {
      mkdirSync(`${folder}.partial-${place}`, { recursive: true })
      writeFileSync(`${folder}.partial-${place}/${name}`, '')
    }
    file('a1b2C3/new', 'manifest.json')
    file('a1b2C3/old', 'conv1.onnx')
    file('D4e5f6/old', 'notes.md')
    file('g7h8i9', 'new')
    file('mine/old', 'conv1.onnx')
    writeBundle(folder, bundle)
    const left = ['bundle', ...['D4e5f6', 'g7h8i9', 'mine'].map((end) => `bundle.partial-${end}`)]
    expect(readdirSync(join(folder, '..')).sort()).toEqual(left.sort())
  })

  test('a bundle that cannot be written whole is not written at all, and the old one stays', () => {
    const folder = newTarget()
    writeBundle(folder, bundle)
    const before = readdirSync(folder)
    const { manifest } = bundle
    const [graph, ...graphs] = manifest.augment.graphs
    if (!graph) throw new Error('no graph')
    const elsewhere = [...graphs, { ...graph, file: 'no/such/folder.onnx' }]
    const unwritable = {
      ...bundle,
      manifest: { ...manifest, augment: { ...manifest.augment, graphs: elsewhere } },
      graph: () => new Uint8Array(),
    }
    expect(() => {
      writeBundle(folder, unwritable)
    }).toThrow('no such file or folder')
    expect(readdirSync(folder)).toEqual(before)
    expect(readdirSync(join(folder, '..'))).toEqual(['bundle'])
  })
})

describe('a writing that was broken off', () => {
  const brokenOff = (target: string, names: readonly string[]) => {
    const temporary = `${target}.partial-abcdef`
    for (const name of names) {
      mkdirSync(join(temporary, name), { recursive: true })
      writeFileSync(join(temporary, name, 'manifest.json'), name)
    }
    return temporary
  }

  test('is cleared away by the next one', () => {
    const folder = newTarget()
    const temporary = brokenOff(folder, ['new'])
    writeBundle(folder, bundle)
    expect(existsSync(temporary)).toBe(false)
    expect(existsSync(`${folder}.lock`)).toBe(false)
  })

  test('gives the old bundle back where the next one fails', () => {
    const folder = newTarget()
    brokenOff(folder, ['new', 'old'])
    const failing = () => {
      replaceFolder(folder, { isOurs: () => true, isWhole: () => true }, () => {
        throw new Error('the disk is full')
      })
    }
    expect(failing).toThrow('the disk is full')
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe('old')
  })

  test("is not what lies there under the same name and is somebody's", () => {
    const folder = newTarget()
    const mine = brokenOff(folder, ['new', 'chapter1'])
    writeBundle(folder, bundle)
    expect(existsSync(mine)).toBe(true)
  })

  test('by another process at this moment is told', () => {
    const folder = newTarget()
    const lock = takeLock(`${folder}.lock`)
    expect(() => {
      writeBundle(folder, bundle)
    }).toThrow(/is in use: process \d+ of .*, writes a bundle there/)
    lock.release()
  })
})
