import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cudaFiles, requireCudaLibrary } from '../../runtime/onnxruntime/cuda-library.ts'
import { copyCudaFiles } from '../../runtime/onnxruntime/cuda-sources.ts'
import { cudaLibraries, elf } from '../support/elf.ts'
import { refusal } from '../support/refusal.ts'
import { temporaryFolder } from './temporary-folder.ts'

const [shared, cuda] = cudaFiles
const right = cudaLibraries('1.30.0')
const bytesOf = (name: string): Buffer => {
  const bytes = right[name]
  if (!bytes) throw new Error(name)
  return bytes
}

function look(name: (typeof cudaFiles)[number], bytes: Uint8Array): void {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, bytes)
  requireCudaLibrary(name, path, '1.30.0', name)
}
const other = (start: string) => Buffer.from(start.padEnd(200, 'x'), 'latin1')
const changed = (bytes: Buffer, position: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(value, position)
  return copy
}

describe('the libraries of the CUDA provider', () => {
  test.each(cudaFiles)('%s is taken whole', (name) => {
    look(name, bytesOf(name))
  })

  test.each(cudaFiles)('%s is refused cut anywhere, whatever it says', (name) => {
    const whole = bytesOf(name)
    for (let length = 0; length < whole.length; length += 37)
      expect(() => {
        look(name, whole.subarray(0, length))
      }).toThrow(/^lib\w+\.so is (no library: it holds \d+ bytes|cut short: it holds \d+ bytes)/)
  })

  test.each([
    ['empty', shared, Buffer.alloc(0), 'is no library: it holds 0 bytes'],
    ['random', shared, other('random'), 'is no library of Linux'],
    ['no more than a text', cuda, other('\0' + '1.30.0\0'), 'is no library of Linux'],
    [
      'filled up with zeros',
      cuda,
      Buffer.concat([bytesOf(cuda).subarray(0, 300), Buffer.alloc(9000)]),
      'is ',
    ],
    ['of arm64', shared, changed(bytesOf(shared), 18, 183), 'is no library for Linux on x64'],
    ['of 32 bits', shared, changed(bytesOf(shared), 4, 1), 'is no library for Linux on x64'],
    ['a program', shared, changed(bytesOf(shared), 16, 2), 'is no library for Linux on x64'],
    ['the other one', shared, bytesOf(cuda), "is another library: it has no 'Provider_GetHost'"],
    ['any library', cuda, elf({ exports: ['malloc'], texts: ['1.30.0'] }), "it has no 'GetProvider'"],
    [
      'that of TensorRT',
      cuda,
      elf({ exports: ['GetProvider'], needs: ['libnvinfer.so.10'], texts: ['1.30.0'] }),
      'not the CUDA provider: it needs libnvinfer.so.10',
    ],
    [
      'of another version',
      cuda,
      elf({ exports: ['GetProvider'], texts: ['1.29.0'] }),
      'is no CUDA provider of onnxruntime 1.30.0, but of 1.29.0',
    ],
    ['of none', cuda, elf({ exports: ['GetProvider'] }), 'it names no version'],
  ] as const)('one that is %s is refused', (_, name, bytes, problem) => {
    expect(() => {
      look(name, bytes)
    }).toThrow(problem)
  })
})

describe('where they are taken from', () => {
  const copied = async (source: string) => {
    const into = temporaryFolder()
    await copyCudaFiles(source, cudaFiles, into)
    return into
  }
  /** A folder that has the libraries in these folders. */
  const having = (...folders: readonly string[]): string => {
    const top = temporaryFolder()
    for (const folder of folders) {
      mkdirSync(join(top, folder), { recursive: true })
      for (const name of cudaFiles) writeFileSync(join(top, folder, name), bytesOf(name))
    }
    return top
  }

  test.each(['.', 'lib', 'runtimes/linux-x64/native'])(
    'may be a folder above: they lie in %s',
    async (folder) => {
      const into = await copied(having(folder))
      for (const name of cudaFiles) requireCudaLibrary(name, join(into, name), '1.30.0', name)
    },
  )

  test('is not guessed where there are several', async () => {
    const told = await refusal(copied(having('a', 'b')))
    expect(told).toMatch(/holds the CUDA provider more than once\n {2}a\n {2}b\n {2}Give the folder/)
  })

  test('holds them side by side', async () => {
    const top = having('a')
    mkdirSync(join(top, 'b'))
    copyFileSync(join(top, 'a', shared), join(top, 'b', shared))
    expect(await refusal(copied(join(top, 'b')))).toContain(`does not hold ${cuda}`)
  })

  test.each([
    ['a.rpm', other('\xed\xab\xee\xdb'), 'is an RPM package'],
    ['a.deb', other('!<arch>\n'), 'is a Debian package'],
    ['a.tar.xz', other('\xfd7zXZ\0'), 'is an archive of xz'],
    ['a.so', bytesOf(cuda), 'is a library, not the folder that holds it'],
    ['a.nupkg', other('junk'), 'is no archive of a kind that is read here'],
    ['a.tgz', Buffer.alloc(0), 'is empty'],
  ])('is no file of a kind that is not read: %s', async (name, bytes, problem) => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, bytes)
    const told = await refusal(copied(path))
    expect(told).toContain(problem)
    expect(told).toContain('(.nupkg, .whl, .zip)')
  })
})
