import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { copyAtomically, replaceText, writeAtomically } from '../../runtime/files/atomic.ts'
import { removePartials } from '../../runtime/files/partials.ts'
import { UserError } from '../../src/base/error.ts'
import { absent } from '../support/shell.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** What writing, syncing or renaming is to fail with, if anything. */
const refusal = vi.hoisted((): { of?: string; code?: string } => ({}))

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const refuse = (operation: string): void => {
    if (refusal.of !== operation) return
    throw Object.assign(new Error(`${refusal.code ?? ''}: ${operation}`), {
      code: refusal.code,
      syscall: operation,
    })
  }
  return {
    ...real,
    writeSync: (file: number, bytes: Uint8Array, offset: number, length: number) => {
      if (offset > 0) refuse('write')
      // One byte less than asked for: a system may write less, and the rest must follow.
      return real.writeSync(file, bytes, offset, Math.max(1, length - 1))
    },
    fsyncSync: (file: number) => {
      refuse('fsync')
      real.fsyncSync(file)
    },
    renameSync: (from: string, to: string) => {
      refuse('rename')
      real.renameSync(from, to)
    },
  }
})

afterEach(() => {
  delete refusal.of
  delete refusal.code
})

/** Only root can become another user, and again itself. */
const mayBecomeNobody = () => process.geteuid?.() === 0
function asNobody(work: () => void): void {
  process.seteuid?.(65534)
  try {
    work()
  } finally {
    process.seteuid?.(0)
  }
}

describe('writing a file atomically', () => {
  it('writes chunks of text and bytes one after the other, and leaves nothing beside the file', () => {
    const folder = temporaryFolder()
    writeAtomically(join(folder, 'file'), ['weiß ', new Uint8Array([0x21, 0x0a]), '', 'end'])
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('weiß !\nend')
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('replaces an old file', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    writeFileSync(path, 'old and longer')
    writeAtomically(path, ['new'])
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('leaves what another process is writing beside it, and who may removes what killed ones left', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const [partial, others] = ['file.0123456789ab.partial', ['file.partial', 'other.0123456789ab.partial']]
    for (const name of [partial, ...others]) writeFileSync(join(folder, name), 'the rest of a killed run')
    writeAtomically(path, ['new'])
    expect(readdirSync(folder).sort()).toEqual(['file', partial, ...others].sort())
    removePartials(path)
    expect(readdirSync(folder).sort()).toEqual(['file', ...others].sort())
  })

  it.runIf(mayBecomeNobody())('passes over what another user has put beside it', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o1777)
    const path = join(folder, 'file')
    const [theirs, ours] = ['file.0123456789ab.partial', 'file.ba9876543210.partial']
    writeFileSync(join(folder, theirs), 'theirs')
    asNobody(() => {
      writeFileSync(join(folder, ours), 'ours')
      removePartials(path)
    })
    expect(readdirSync(folder)).toEqual([theirs])
    // Nor where it may not be seen.
    chmodSync(folder, 0o1733)
    asNobody(() => {
      removePartials(path)
    })
  })

  it.runIf(absent('mkfifo').length === 0).each([
    [
      'writeAtomically',
      (path: string) => {
        writeAtomically(path, ['text'])
      },
    ],
    [
      'replaceText',
      (path: string) => {
        replaceText(path, 'text')
      },
    ],
    [
      'copyAtomically',
      (path: string) => {
        copyAtomically(import.meta.filename, path)
      },
    ],
  ])('%s leaves a pipe what it is', (_, write) => {
    const path = join(temporaryFolder(), 'pipe')
    spawnSync('mkfifo', [path])
    expect(() => {
      write(path)
    }).toThrow(/^cannot write .*pipe: it is a pipe/)
    expect(lstatSync(path).isFIFO()).toBe(true)
  })

  it.each(['write', 'fsync', 'rename'])('keeps the old file if the disk is full at %s', (operation) => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    writeFileSync(path, 'old')
    Object.assign(refusal, { of: operation, code: 'ENOSPC' })
    const writing = () => {
      writeAtomically(path, ['new text'])
    }
    expect(writing).toThrow(UserError)
    expect(writing).toThrow(
      `cannot write ${path}: the disk is full\n  Free some space, or choose another folder.`,
    )
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('says so in words if the folder is missing or the path is a folder', () => {
    const folder = temporaryFolder()
    expect(() => {
      writeAtomically(join(folder, 'missing', 'file'), ['text'])
    }).toThrow(/^cannot write .*missing.file: no such file or folder/)
    mkdirSync(join(folder, 'taken'))
    expect(() => {
      writeAtomically(join(folder, 'taken'), ['text'])
    }).toThrow(/^cannot write .*taken: it is a folder/)
    expect(existsSync(join(folder, 'taken.partial'))).toBe(false)
  })

  it('lets a bug in the chunks through as it is, and removes the partial file', () => {
    const folder = temporaryFolder()
    const chunks = function* () {
      yield 'some'
      throw new TypeError('a bug')
    }
    expect(() => {
      writeAtomically(join(folder, 'file'), chunks())
    }).toThrow(new TypeError('a bug'))
    expect(readdirSync(folder)).toEqual([])
  })
})
