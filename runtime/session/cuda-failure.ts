import { UserError } from '../../src/base/error.ts'
import { reasonCalled, reasonOfCode, reasonOfName, type Reason } from './cuda-reasons.ts'

/** What went wrong on a GPU, read from what onnxruntime says: sentences of C++ with the words of NVIDIA's libraries in them. */

/** `CUDA failure 35: CUDA driver version is insufficient … ; GPU=-1 ; hostname=… ; expr=…`, of any of the libraries. */
const ofCall = /\b(CUDA|CU[A-Z]+(?:_FE)?|NV[A-Z]+|NCCL) failure (-?\d+): (.*?)(?: ; GPU=|\s*$)/s
/** `CUDA error cudaErrorNoKernelImageForDevice:no kernel image is available …`, of a kernel that was not launched. */
const ofLaunch = /\bCUDA error (\w+):\s*(.*?)\s*$/ms
/** Memory, which onnxruntime hands out itself. */
const ofMemory = /(?:requested buffer of size|smaller than requested bytes of) (\d+)/
/** cuDNN is looked for at the first convolution. */
const ofCudnn = /cuDNN is unavailable[^:]*: (?:dlopen failed for [^:]*: )?(.*?)\s*$/ms
/** Whatever else names one of the libraries. */
const ofLibrary =
  /\b(CUDNN_\w+|CUBLAS_\w+|CURAND_\w+|CUDA_ERROR_\w+|cudaError\w*|NVRTC[^\n.]*|Failed to initialize CUDNN[^\n]*)/

/** By the words of the CUDA runtime, where its number is not told. */
const codes: readonly (readonly [string, number])[] = [
  ['out of memory', 2],
  ['no kernel image is available', 209],
  ['device kernel image is invalid', 200],
  ['invalid device function', 98],
  ['illegal memory access', 700],
  ['too many resources requested', 701],
  ['launch timed out', 702],
  ['unspecified launch failure', 719],
  ['misaligned address', 716],
  ['ECC error', 214],
]

const names: Readonly<Record<string, string>> = {
  CUBLAS: 'cuBLAS',
  CUBLASLT: 'cuBLAS',
  CUDNN: 'cuDNN',
  CUDNN_FE: 'cuDNN',
  CURAND: 'cuRAND',
  CUFFT: 'cuFFT',
  CUSPARSE: 'cuSPARSE',
}

interface Found extends Reason {
  /** What the library says itself. */
  readonly told: string
}

/**
 * The error to throw where CUDA, its libraries or its driver is what went wrong.
 *
 * @param message what onnxruntime says, of a session on CUDA
 * @param device the number of the GPU that was asked for
 * @returns undefined where it is something else
 */
export function cudaFailure(message: string, device: number): UserError | undefined {
  const found = reasonIn(message)
  if (!found) return undefined
  const { says, help, told } = found
  return new UserError('ProviderError', `${says} (--device ${device}; ${told})`, { help })
}

/** Whether it is memory that does not suffice: the GPU goes on, as it does not after a fault. */
export const isOfMemory = (message: string): boolean =>
  reasonIn(message)?.says === reasonCalled('memory').says

function reasonIn(message: string): Found | undefined {
  const [, library, code, text = ''] = ofCall.exec(message) ?? []
  if (library !== undefined) {
    const name = names[library] ?? library
    const reason = library === 'CUDA' ? reasonOfCode(Number(code)) : reasonOfName(text)
    return { ...reason, told: `${name}: ${text.trim()}, error ${String(code)}` }
  }
  const [, size] = ofMemory.exec(message) ?? []
  if (size !== undefined)
    return { ...reasonCalled('memory'), told: `${mebibytes(Number(size))} at once were refused` }
  const [, cudnn] = ofCudnn.exec(message) ?? []
  if (cudnn !== undefined) return { ...reasonCalled('cudnn'), told: cudnn }
  const [, name = '', launch] = ofLaunch.exec(message) ?? []
  if (launch !== undefined) {
    const [, known] = codes.find(([words]) => launch.includes(words)) ?? []
    return { ...(known === undefined ? reasonOfName(name) : reasonOfCode(known)), told: `CUDA: ${launch}` }
  }
  const [, other] = ofLibrary.exec(message) ?? []
  return other === undefined ? undefined : { ...reasonOfName(other), told: other.trim().slice(0, 100) }
}

const mebibytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(0)} MiB`
