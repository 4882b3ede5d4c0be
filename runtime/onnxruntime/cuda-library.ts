import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { readFully, withRegularFile } from '../../src/base/regular-file.ts'
import { badLibrary, readLibrary, type Library, type Part } from './elf.ts'

/** The CUDA provider of onnxruntime-node, which npm does not install: 300 MB, for Linux on x64 alone. */
export const cudaFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const
type CudaFile = (typeof cudaFiles)[number]

/** By file: what onnxruntime looks for in it. */
const exports: Readonly<Record<CudaFile, readonly string[]>> = {
  'libonnxruntime_providers_shared.so': ['Provider_GetHost', 'Provider_SetHost'],
  'libonnxruntime_providers_cuda.so': ['GetProvider'],
}

/** Of providers for other devices, which have the same names in them. */
const others = /^lib(nvinfer|nvonnxparser|openvino|migraphx|amdhip|dnnl)/

/**
 * Looks at the tables of a library of the CUDA provider, which takes milliseconds: whether it is whole, and the one that
 * it should be.
 *
 * @param place what to call it in a message
 * @throws UserError ('InstallError', 'FileError')
 */
export function requireWhole(name: CudaFile, path: string, place: string): Library {
  const library = readLibrary(path, place)
  const missing = exports[name].find((each) => !library.exported.has(each))
  if (missing !== undefined) throw badLibrary(place, `is another library: it has no '${missing}'`)
  const other = library.needed.find((each) => others.test(each))
  if (other !== undefined)
    throw badLibrary(place, `is another library, not the CUDA provider: it needs ${shown(other)}`)
  return library
}

/**
 * The same, and looks for its version. Libraries of two versions crash each other; the provider has its version as a text
 * in it, and the other one, which only hands on, has none.
 *
 * @throws UserError ('InstallError', 'FileError')
 */
export function requireCudaLibrary(name: CudaFile, path: string, version: string, place: string): void {
  const library = requireWhole(name, path, place)
  if (name === 'libonnxruntime_providers_shared.so') return
  const versions = versionsIn(path, library)
  if (!versions.has(version)) throw ofAnotherVersion(place, version, [...versions])
}

const ofAnotherVersion = (place: string, version: string, found: readonly string[]): UserError =>
  new UserError(
    'InstallError',
    `${shown(place, 4096)} is no CUDA provider of onnxruntime ${version}` +
      (found.length > 0 ? `, but of ${found.slice(0, 3).join(' or ')}` : ': it names no version'),
    {
      help: `Take that of onnxruntime-linux-x64-gpu ${version}, or of the NuGet package Microsoft.ML.OnnxRuntime.Gpu.Linux ${version}.`,
    },
  )

const PIECE = 4 * 1024 * 1024
/** A version may lie across the border of two pieces. */
const OVERLAP = 32

/** Whatever looks like a version among its texts. */
function versionsIn(path: string, { constants }: Library): ReadonlySet<string> {
  const found = new Set<string>()
  withRegularFile(path, (file) => {
    for (const part of constants)
      for (const { offset, size } of pieces(part)) {
        const bytes = Buffer.alloc(size)
        readFully(file, bytes, offset, path)
        for (const [, version = ''] of bytes.toString('latin1').matchAll(/(?<=\0)(\d+\.\d+\.\d+)(?=\0)/g))
          found.add(version)
      }
  })
  return found
}

function* pieces({ offset, size }: Part): Generator<Part> {
  for (let done = 0; done < size; done += PIECE)
    yield { offset: offset + done, size: Math.min(PIECE + OVERLAP, size - done) }
}
