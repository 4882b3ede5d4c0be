import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { cudaFiles, requireWhole } from './cuda-library.ts'
import { cudaFolder } from './cuda.ts'
import { tryLibraries, type Tried } from './try-libraries.ts'

/** What is NVIDIA's, of the libraries that the provider needs. */
const isCuda = /^lib(cu|nv)/
/** Of the driver; all others are of CUDA. */
export const DRIVER = 'libcuda.so.1'
/** The provider looks for cuDNN itself, by either name. */
const cudnn = ['libcudnn.so', 'libcudnn.so.9']

export interface CudaNeeds {
  /** Those of NVIDIA that the provider needs by name, and cuDNN. */
  readonly libraries: readonly Tried[]
  /** The provider itself, which is loaded last: its problem is a symbol that one of them lacks, or another library. */
  readonly provider: Tried
}

/** Looks for all that the CUDA provider needs, as the system's loader does. */
export function findCudaNeeds(): CudaNeeds {
  const [shared, cuda] = [join(cudaFolder(), cudaFiles[0]), join(cudaFolder(), cudaFiles[1])]
  const needed = requireWhole(cudaFiles[1], cuda, cuda).needed.filter((name) => isCuda.test(name))
  const tried = tryLibraries([...needed, ...cudnn, shared, cuda])
  const of = (wanted: readonly string[]) => tried.filter(({ name }) => wanted.includes(name))
  const ofCudnn = of(cudnn)
  const found = ofCudnn.find(({ problem }) => problem === undefined) ?? ofCudnn.at(-1)
  const provider = of([cuda]).at(0)
  return {
    libraries: [...of(needed), ...(found ? [found] : [])],
    // Outside of onnxruntime it crashes as it starts, once all of its symbols are found.
    provider: { name: cuda, problem: provider?.isFatal === true ? undefined : provider?.problem },
  }
}

/** The error to throw where the provider could not be loaded: what is missing, by name. */
export function loadError(): UserError {
  const { libraries, provider } = findCudaNeeds()
  const lost = libraries.filter(({ problem }) => problem !== undefined)
  const missing = lost.filter(({ problem }) => isMissing(problem))
  const names = missing.map(({ name }) => name).filter((name) => !cudnn.includes(name))
  if (names.includes(DRIVER))
    return fail(`there is no NVIDIA driver: ${listed(names)} cannot be found`, driverHelp)
  if (names.length > 0)
    return fail(`the CUDA provider needs ${listed(names)}, which cannot be found`, missingHelp(names))
  const [broken] = lost.filter((each) => !missing.includes(each))
  const told = broken ? `${broken.name}: ${String(broken.problem)}` : symbolOf(provider.problem)
  return fail(`the CUDA provider cannot be loaded: ${told}`, versionsHelp)
}

const listed = (names: readonly string[]): string => new Intl.ListFormat('en-GB').format(names)

export const isMissing = (problem: string | undefined): boolean =>
  problem?.includes('cannot open shared object file: No such file') === true

const fail = (problem: string, help: string) => new UserError('ProviderError', problem, { help })

/** Of `/folder/libonnxruntime_providers_cuda.so: undefined symbol: cublasCreate_v2, version libcublas.so.13`. */
const symbolOf = (problem: string | undefined): string => {
  const [, symbol, library] = /undefined symbol: (\w+)(?:, version (\S+))?/.exec(problem ?? '') ?? []
  if (symbol === undefined) return problem ?? 'onnxruntime does not say why'
  return `${library ?? 'a library'} has no ${symbol}, so it is of another version`
}

/** For who is told that something is wrong, and not by what looks at all of it. */
export const seeDoctor = 'npx hebb doctor --provider cuda looks at driver, libraries and devices.'

export const driverHelp =
  "Install the GPU's driver; a container is given it by docker run --gpus all. Or use --provider cpu."
export function missingHelp(names: readonly string[]): string {
  const [, major] = /\.so\.(\d+)$/.exec(names.find((name) => !name.startsWith('libcurand')) ?? '') ?? []
  const isCudnn = names.every((name) => cudnn.includes(name))
  const what = `${isCudnn ? 'cuDNN' : 'CUDA'}${major === undefined ? '' : ` ${major}`}`
  return `Install ${what}, or add the folder that holds ${names.length > 1 ? 'them' : 'it'} to LD_LIBRARY_PATH before hebb is started. ${seeDoctor}`
}

export const versionsHelp = `Install CUDA and cuDNN of the release that the provider is for, and leave others out of LD_LIBRARY_PATH. ${seeDoctor}`
