import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { readPieces } from '../../src/base/regular-file.ts'
import { onnxruntimeFolder } from './find.ts'
import { copyCudaFiles } from './cuda-sources.ts'
import { fetchProvider } from './nuget.ts'
import { wantedVersion } from './wanted.ts'

/** The CUDA provider of onnxruntime-node, which npm does not install: 300 MB, for Linux on x64 alone. */
export const cudaFiles: readonly string[] = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
]

/** Where onnxruntime-node looks for it. */
const cudaFolder = (): string => join(onnxruntimeFolder(), 'bin/napi-v6/linux/x64')

/** Its files that are missing, and where. */
export function missingCuda(): { folder: string; files: string[] } {
  const folder = cudaFolder()
  return { folder, files: cudaFiles.filter((file) => !isThere(join(folder, file))) }
}

/** @throws UserError ('ProviderError') where there is no CUDA provider for this system */
export function requireCudaSystem(): void {
  if (process.platform === 'linux' && process.arch === 'x64') return
  throw new UserError(
    'ProviderError',
    `onnxruntime-node has no CUDA provider for ${process.platform}/${process.arch}`,
    { help: 'Use Linux on x64, or --provider cpu.' },
  )
}

/**
 * Installs the CUDA provider where onnxruntime-node looks for it.
 *
 * @param from a folder that holds its files, or an archive of them (.nupkg, .zip, .tgz, .tar), for a machine without a
 * network; default: NuGet
 * @returns the folder that it is in
 * @throws UserError ('ProviderError', 'InstallError', 'FileError', 'DataError') also where it is of another version
 */
export async function installCuda(from?: string): Promise<string> {
  requireCudaSystem()
  const version = wantedVersion()
  const folder = cudaFolder()
  const part = join(folder, `cuda.part-${process.pid}`)
  try {
    makeFolder(part)
    const source = from ?? (await fetchProvider(version, part))
    await copyCudaFiles(source, cudaFiles, part)
    requireVersion(join(part, 'libonnxruntime_providers_cuda.so'), version, source)
    for (const file of cudaFiles)
      orFileError('write', join(folder, file), () => {
        renameSync(join(part, file), join(folder, file))
      })
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return folder
}

/** Libraries of two versions crash each other. The provider has its version as a text in it. */
function requireVersion(file: string, version: string, source: string): void {
  if (holds(file, `\0${version}\0`)) return
  throw new UserError('InstallError', `${source} has no CUDA provider of onnxruntime ${version}`, {
    help: `Take that of onnxruntime-linux-x64-gpu ${version}, or of the NuGet package Microsoft.ML.OnnxRuntime.Gpu.Linux ${version}.`,
  })
}

const PIECE = 4 * 1024 * 1024

function holds(path: string, text: string): boolean {
  // A text may lie across the border of two pieces.
  let end = Buffer.alloc(0)
  for (const piece of readPieces(path, PIECE)) {
    const bytes = Buffer.concat([end, piece])
    if (bytes.includes(text)) return true
    end = bytes.subarray(-text.length)
  }
  return false
}
