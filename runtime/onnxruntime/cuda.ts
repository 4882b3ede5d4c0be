import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { onnxruntimeFolder, onnxruntimeVersion } from './find.ts'
import { cudaFiles, requireCudaLibrary, requireWhole } from './cuda-library.ts'
import { copyCudaFiles } from './cuda-sources.ts'
import { fetchProvider } from './nuget.ts'
import { withPartFolder } from './part-folder.ts'

/** Where onnxruntime-node looks for the CUDA provider. */
export const cudaFolder = (): string => join(onnxruntimeFolder(), 'bin/napi-v6/linux/x64')

/** Its files that are missing, and where. */
export function missingCuda(): { folder: string; files: string[] } {
  const folder = cudaFolder()
  return { folder, files: cudaFiles.filter((file) => !isThere(join(folder, file))) }
}

let isSound = false

/**
 * Looks at the installed files, once: the system ends a process that loads one which was cut, and tells little of others
 * that are damaged.
 *
 * @throws UserError ('InstallError', 'FileError') where one cannot be the library that it should be
 */
export function requireSoundCuda(): void {
  if (isSound) return
  for (const file of cudaFiles) requireWhole(file, join(cudaFolder(), file), join(cudaFolder(), file))
  isSound = true
}

/** @throws UserError ('InstallError', 'FileError') where they are of another version, too: that takes a second to see */
export function requireVersionOfCuda(): void {
  for (const file of cudaFiles)
    requireCudaLibrary(file, join(cudaFolder(), file), onnxruntimeVersion(), join(cudaFolder(), file))
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
 * @param from a folder that holds its files, or an archive of them (.nupkg, .whl, .zip, .tgz, .tar), for a machine without
 * a network; default: NuGet
 * @param onNotice hears what takes long
 * @returns the folder that it is in
 * @throws UserError ('ProviderError', 'InstallError', 'FileError', 'DataError') also where it is damaged, or of another
 * version
 */
export async function installCuda(
  from?: string,
  onNotice: (line: string) => void = () => undefined,
): Promise<string> {
  requireCudaSystem()
  const version = onnxruntimeVersion()
  const folder = cudaFolder()
  const of = { name: 'cuda', command: 'npx hebb install-cuda' }
  await withPartFolder(folder, of, async (part, signal) => {
    if (from === undefined) onNotice('fetching the CUDA provider from NuGet, 300 MB …')
    const source = from ?? (await fetchProvider(version, part, signal))
    await copyCudaFiles(source, cudaFiles, part)
    for (const file of cudaFiles) requireCudaLibrary(file, join(part, file), version, `${file} of ${source}`)
    for (const file of cudaFiles)
      orFileError('write', join(folder, file), () => {
        renameSync(join(part, file), join(folder, file))
      })
  })
  return folder
}
