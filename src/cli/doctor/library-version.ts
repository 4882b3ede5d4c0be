import { readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isThere } from '../../base/file-kind.ts'

/** What the Python packages of NVIDIA's libraries are called, by the libraries' names. */
const packages: Readonly<Record<string, string>> = {
  libcudart: 'nvidia_cuda_runtime',
  libcublas: 'nvidia_cublas',
  libcublasLt: 'nvidia_cublas',
  libcurand: 'nvidia_curand',
  libcudnn: 'nvidia_cudnn',
  libcuda: '',
}
/** Folders above a library in which its package may be described. */
const ABOVE = 4

/**
 * The version of a library: by the name of its file, as systems install them (`libcudart.so.13.0.96`), or else by that of
 * the Python package that it came with. Undefined where neither tells more than the name that it was looked for by.
 */
export function libraryVersion(path: string): string | undefined {
  const real = realpathSync(path)
  const [, own] = /\.so\.(\d+\.[\d.]+)$/.exec(real) ?? []
  if (own !== undefined) return own
  const wanted = packages[basename(real).replace(/\.so.*$/, '')]
  if (wanted === undefined || wanted === '') return undefined
  for (let i = 0, folder = dirname(real); i < ABOVE; i++, folder = dirname(folder))
    for (const place of [folder, join(folder, 'dist-info')]) {
      const described = isThere(place) ? readdirSync(place) : []
      const found = described.find((name) => name.startsWith(wanted) && name.endsWith('.dist-info'))
      if (found !== undefined) return /-([\d.]+)\.dist-info$/.exec(found)?.[1]
    }
  return undefined
}
