import { appendFileSync, closeSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindOf } from '../../src/base/file-kind.ts'
import { linesOf } from '../../src/base/lines-of-file.ts'
import {
  openRegularFile,
  readFully,
  readRegularFile,
  readTextFile,
  requireEnd,
} from '../../src/base/regular-file.ts'
import { UserError } from '../../src/base/error.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { noFiles } from './what-is-no-file.ts'

const anything = { largest: 1e6, what: 'a test' }

const mistake = (action: () => unknown): UserError => {
  try {
    action()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length

describe('a regular file', () => {
  it('is read whole, through links as well', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    writeFileSync(path, 'hällo')
    symlinkSync(path, join(folder, 'link'))
    expect(readTextFile(join(folder, 'link'), anything)).toBe('hällo')
    expect(Buffer.from(readRegularFile(path, anything)).toString()).toBe('hällo')
  })

  it('is not read where it is larger than such a file can be', () => {
    const path = join(temporaryFolder(), 'large')
    writeFileSync(path, '')
    truncateSync(path, 2 ** 40)
    const { name, message } = mistake(() => readRegularFile(path, anything))
    expect(name).toBe('FileError')
    expect(message).toContain(`cannot read ${path}: it holds 1099511627776 bytes, and a test at most 1000000`)
  })

  it('that memory cannot hold is told as such', () => {
    const path = join(temporaryFolder(), 'large')
    writeFileSync(path, '')
    truncateSync(path, 2 ** 40)
    const { message } = mistake(() => readRegularFile(path, { ...anything, largest: Infinity }))
    expect(message).toContain(`cannot read ${path}: there is not enough memory for it`)
  })

  it('that ends before it should, or goes on, has been changed meanwhile', () => {
    const path = join(temporaryFolder(), 'changing')
    writeFileSync(path, 'abc')
    const file = openRegularFile(path)
    appendFileSync(path, 'd')
    expect(
      mistake(() => {
        requireEnd(file, 3, path)
      }).message,
    ).toContain('it became longer while it was read')
    truncateSync(path, 2)
    const read = mistake(() => {
      readFully(file, new Uint8Array(3), 0, path)
    })
    expect(read.message).toContain('it became shorter while it was read')
    closeSync(file)
  })

  it.runIf(process.platform === 'linux')('below /proc, whose size nobody says, is refused', () => {
    expect(mistake(() => readRegularFile('/proc/self/status', anything)).message).toContain('became longer')
    expect(mistake(() => readRegularFile('/proc/self/mem', anything)).message).toContain('input/output error')
  })

  it('that is no text in UTF-8 is told where text is wanted', () => {
    const path = join(temporaryFolder(), 'bytes')
    writeFileSync(path, Buffer.from([0xff, 0xfe]))
    expect(mistake(() => readTextFile(path, anything)).message).toContain('it is not text in UTF-8')
  })
})

describe.runIf(process.platform !== 'win32')('reading what is no regular file ends at once:', () => {
  it.each(noFiles)('$what', async ({ make, told }) => {
    const path = join(temporaryFolder(), 'it')
    await make(path)
    const before = openDescriptors()
    const { name, message } = mistake(() => readRegularFile(path, anything))
    expect(name).toBe('FileError')
    expect(message).toContain(`cannot read ${path}: ${told}`)
    expect(openDescriptors()).toBe(before)
  })

  it.each([
    ['a NUL in the path', 'nul\0', 'a path cannot hold a NUL character'],
    ['a name that is too long', 'x'.repeat(300), 'the path is too long'],
    ['a path through a file', '../file/x', 'a part of the path is not a folder'],
  ])('%s', (_, name, told) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, '..', 'file'), '')
    expect(mistake(() => readRegularFile(join(folder, name), anything)).message).toContain(told)
  })
})

describe('what is at a path', () => {
  it('is nothing below a file and in a folder that is not there', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    expect(['file', 'file/x', 'none', 'none/x', '.'].map((name) => kindOf(join(folder, name)))).toEqual([
      'file',
      undefined,
      undefined,
      undefined,
      'folder',
    ])
  })
})

describe('the lines of a file', () => {
  it('are those of its text, whatever they are and wherever its pieces end', () => {
    const path = join(temporaryFolder(), 'lines')
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '\n', '\n', '{'), maxLength: 30 }))
    fc.assert(
      fc.property(text, fc.constantFrom(1, 1 << 16), (parts, times) => {
        const whole = parts.join('\n').repeat(times % 7 === 1 ? 1 : 100)
        writeFileSync(path, whole)
        const lines = [...linesOf(path, 1e6)].map(({ text }) => text)
        const wanted = whole.split('\n')
        if (wanted.at(-1) === '') wanted.pop()
        expect(lines).toEqual(wanted)
      }),
      { numRuns: 40 },
    )
  })

  it('that are too long, no text or torn are told apart', () => {
    const path = join(temporaryFolder(), 'lines')
    const long = 'x'.repeat(600_000)
    writeFileSync(
      path,
      Buffer.concat([Buffer.from(`a\n${long}\nb\n`), Buffer.from([0xff, 10]), Buffer.from('c')]),
    )
    expect([...linesOf(path, 10)].map(({ text, isWhole }) => [text, isWhole])).toEqual([
      ['a', true],
      [undefined, true],
      ['b', true],
      [undefined, true],
      ['c', false],
    ])
  })
})
