import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync, gunzipSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { fileError, shown } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { inFolder, makeFolder } from '../../src/base/make-folder.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { withoutRights } from './without-rights.ts'

const thrownBy = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
const system = (code: string, message = code) => Object.assign(new Error(message), { code, syscall: 'open' })
const withCode = (code: string) => Object.assign(new RangeError(`told by Node (${code})`), { code })

describe('an error of the system is told as one of the file, whoever raises it:', () => {
  it.each([
    ['EMFILE', system('EMFILE'), 'too many files are open in this process', 'ulimit'],
    ['ENFILE', system('ENFILE'), 'too many files are open on this machine', 'ulimit'],
    ['ELOOP', system('ELOOP'), 'its links lead in a circle', 'links'],
    ['ENAMETOOLONG', system('ENAMETOOLONG'), 'the path is too long', 'shorter'],
    ['ENXIO', system('ENXIO'), 'there is no such device', 'file'],
    ['ESTALE', system('ESTALE'), 'the network disk no longer knows it', 'network'],
    ['ETIMEDOUT', system('ETIMEDOUT'), 'the network disk does not answer', 'network'],
    ['EACCES', system('EACCES'), 'permission denied', 'who may use it'],
    ['a code without words of ours', system('EFOO', "EFOO: foo is bar, open 'x'"), 'foo is bar', ''],
    ['a file that Node does not read', withCode('ERR_FS_FILE_TOO_LARGE'), 'the file is too large', 'smaller'],
    ['text that Node does not hold', withCode('ERR_STRING_TOO_LONG'), 'the file is too large', 'smaller'],
    [
      'no compressed data',
      thrownBy(() => inflateSync('no compressed data')),
      'its compressed data are damaged',
      'again',
    ],
    ['half of them', thrownBy(() => inflateSync(deflateSync('abc').subarray(0, 5))), 'cut short', 'again'],
    [
      'too much of them',
      thrownBy(() => inflateSync(deflateSync('abcdef'), { maxOutputLength: 3 })),
      'more',
      '',
    ],
    [
      'no gzip',
      thrownBy(() => gunzipSync('no compressed data at all')),
      'its compressed data are damaged',
      'again',
    ],
    ['no memory', thrownBy(() => new Uint8Array(2 ** 52)), 'there is not enough memory', 'Close'],
    ['no memory for text', thrownBy(() => 'x'.repeat(2 ** 30)), 'there is not enough memory', 'Close'],
  ])('%s', (_, cause, reason, help) => {
    const error = fileError('read', 'data/file', cause)
    expect(error).toBeInstanceOf(UserError)
    expect(error.name).toBe('FileError')
    expect(error.message).toContain(`cannot read data/file: `)
    expect(error.message).toContain(reason)
    expect(error.message).toContain(help)
  })

  it.each([
    new TypeError('x is not a function'),
    new RangeError('index 3 of 2'),
    withCode('ERR_INVALID_ARG_TYPE'),
  ])('but a bug of ours stays one: %s', (bug) => {
    expect(fileError('read', 'file', bug)).toBe(bug)
  })

  it('what is to be read needs no folder to be made first', () => {
    expect(fileError('read', 'file', system('ENOENT')).message).not.toContain('make its folder')
    expect(fileError('write', 'file', system('ENOENT')).message).toContain('make its folder')
  })

  it('and what is told already is not told twice', () => {
    const told = new UserError('DataError', 'told')
    expect(fileError('read', 'file', told)).toBe(told)
  })

  it('nothing in a message moves the cursor of a terminal', () => {
    const path = 'a\u001b[2J\u0007\nb'
    expect(fileError('write', path, system('EIO')).message).toContain(
      'cannot write a\\u001b[2J\\u0007\\u000ab: ',
    )
    expect(shown('x'.repeat(1000)).length).toBeLessThan(300)
  })
})

describe('making a folder', () => {
  it('makes those above it, and lets one that is there be', () => {
    const path = join(temporaryFolder(), 'a/b/c')
    makeFolder(path)
    makeFolder(path)
    expect(isThere(path)).toBe(true)
  })

  it('makes it again where another process has just taken it away', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'new/run')
    let tries = 0
    const made = inFolder(path, (folders) => {
      if (tries++ === 0) rmSync(join(folder, 'new'), { recursive: true })
      writeFileSync(join(path, 'lock'), '')
      return folders
    })
    expect(tries).toBe(2)
    expect(made).toEqual([join(folder, 'new'), path])
  })

  it('ends where it is taken away again and again', () => {
    const path = join(temporaryFolder(), 'run')
    const act = () => {
      rmSync(path, { recursive: true })
      writeFileSync(join(path, 'lock'), '')
    }
    expect(() => {
      inFolder(path, act)
    }).toThrow('ENOENT')
  })

  it('says what is in the way', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    expect(() => {
      makeFolder(join(folder, 'file/x'))
    }).toThrow('file/x: a part of the path is not a folder')
    expect(() => {
      makeFolder(join(folder, 'file'))
    }).toThrow('file: it is a file, not a folder')
  })
})

describe('a folder without rights', () => {
  it('is not one in which nothing is there', async () => {
    const folder = join(temporaryFolder(), 'closed')
    mkdirSync(folder, { mode: 0 })
    await withoutRights(async () => {
      expect(() => isThere(join(folder, 'file'))).toThrow('permission denied')
      await expect(openDataset(folder, 'train')).rejects.toThrow('permission denied')
      expect(() => loadBundle(folder)).toThrow('permission denied')
      expect(() => {
        makeFolder(join(folder, 'new'))
      }).toThrow('permission denied')
    })
  })
})
