import { describe, expect, test } from 'vitest'
import { cudaFailure } from '../../runtime/session/cuda-failure.ts'

/** What onnxruntime 1.29 says of failures on CUDA, as its provider said it on stub libraries and on the CUDA 13 runtime itself. */

const source = '/onnxruntime_src/onnxruntime/core/providers/cuda'
const template = (type: string, line: number) =>
  `${source}/cuda_call.cc:${line} std::conditional_t<THRW, void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*, const char*, SUCCTYPE, const char*, const char*, int) [with ERRTYPE = ${type}; bool THRW = true; SUCCTYPE = ${type}; std::conditional_t<THRW, void, common::Status> = void] `
const called = (library: string, code: number, text: string, type = 'cudaError') =>
  `${template(type, 154)}${template(type, 146)}${library} failure ${code}: ${text} ; GPU=-1 ; hostname=vm ; file=${source}/cuda_execution_provider.cc ; line=345 ; expr=cudaSetDevice(info_.device_id); \n\n`
const running = (node: string, text: string) =>
  `Non-zero status code returned while running ${node} node. Name:'one/product' Status Message: ${text}`

const told = (message: string): string => {
  const failure = cudaFailure(message, 1)
  return failure === undefined ? '' : `${failure.name}: ${failure.message}`
}

/** By the numbers of the CUDA runtime, which it has texts for, what is the matter. */
const codes: readonly (readonly [number, string, string])[] = [
  [2, 'out of memory', "the GPU's memory does not suffice"],
  [3, 'initialization error', "the GPU's driver does not work"],
  [34, 'CUDA driver is a stub library', 'libcuda.so.1 is the stub that programs are linked with'],
  [35, 'CUDA driver version is insufficient for CUDA runtime version', 'driver is too old for the CUDA'],
  [36, 'API call is not supported in the installed CUDA driver', 'driver is too old for the CUDA'],
  [46, 'CUDA-capable device(s) is/are busy or unavailable', 'the GPU is in use'],
  [100, 'no CUDA-capable device is detected', 'there is no GPU that CUDA can use'],
  [101, 'invalid device ordinal', 'there is no GPU of this number'],
  [102, "device doesn't have valid Grid license", 'the virtual GPU has no licence'],
  [209, 'no kernel image is available for execution on the device', 'have no code for this model of GPU'],
  [214, 'uncorrectable ECC error encountered', 'the GPU reports a fault of its hardware'],
  [222, 'the provided PTX was compiled with an unsupported toolchain.', 'driver is too old for the CUDA'],
  [302, 'shared object symbol not found', 'a library of NVIDIA is missing'],
  [304, 'OS call failed or operation not supported on this OS', "the GPU's driver does not work"],
  [700, 'an illegal memory access was encountered', 'a computation on the GPU was ended by a fault'],
  [702, 'the launch timed out and was terminated', 'took longer than the system allows'],
  [719, 'unspecified launch failure', 'a computation on the GPU was ended by a fault'],
  [800, 'operation not permitted', 'the system refuses an operation on the GPU'],
  [802, 'system not yet initialized', 'the system of GPUs is not ready'],
  [803, 'system has unsupported display driver / cuda driver combination', 'are not of one version'],
  [804, 'forward compatibility was attempted on non supported HW', 'are not of one version'],
  [805, 'MPS client failed to connect to the MPS control daemon or the MPS server', 'Multi-Process Service'],
  [999, 'unknown error', "the GPU's driver does not work"],
  // Of those, nobody knows what a user should do.
  [901, 'operation failed due to a previous error during capture', 'a library of NVIDIA failed'],
  [12345, 'unrecognized error code', 'a library of NVIDIA failed'],
]

describe('a failure on CUDA', () => {
  test.each(codes)('%i of the CUDA runtime (%s): %s', (code, text, says) => {
    for (const message of [called('CUDA', code, text), running('MatMul', called('CUDA', code, text))]) {
      expect(told(message)).toMatch(/^ProviderError: .+\n {2}.+/)
      expect(told(message)).toContain(says)
      expect(told(message)).toContain(`(--device 1; CUDA: ${text}, error ${code})`)
    }
  })

  test('is short, whatever its number: no C++, no host, no place in the sources of others', () => {
    for (let code = 1; code < 1000; code++) {
      const text = told(called('CUDA', code, 'something'))
      expect(text.length).toBeLessThan(400)
      expect(text).not.toMatch(/std::|onnxruntime_src|hostname|expr=|bug of hebb/)
    }
  })

  test.each([
    ['CUBLAS', 1, 'CUBLAS_STATUS_NOT_INITIALIZED', 'could not start on the GPU', 'cuBLAS'],
    ['CUBLAS', 3, 'CUBLAS_STATUS_ALLOC_FAILED', "the GPU's memory does not suffice", 'cuBLAS'],
    ['CUBLAS', 8, 'CUBLAS_STATUS_ARCH_MISMATCH', 'no code for this model of GPU', 'cuBLAS'],
    ['CUBLAS', 13, 'CUBLAS_STATUS_EXECUTION_FAILED', 'was ended by a fault', 'cuBLAS'],
    ['CUBLAS', 14, 'CUBLAS_STATUS_INTERNAL_ERROR', 'a library of NVIDIA failed', 'cuBLAS'],
    ['CUDNN', 1001, 'CUDNN_STATUS_NOT_INITIALIZED', 'could not start on the GPU', 'cuDNN'],
    ['CUDNN', 1002, 'CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH', 'do not fit each other', 'cuDNN'],
    ['CUDNN', 1008, 'CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED', 'a library of NVIDIA is missing', 'cuDNN'],
    ['CUDNN', 3007, 'CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH', 'no code for this model of GPU', 'cuDNN'],
    ['CUDNN', 4003, 'CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED', "the GPU's memory", 'cuDNN'],
    ['CUDNN', 5000, 'CUDNN_STATUS_EXECUTION_FAILED', 'was ended by a fault', 'cuDNN'],
    ['CUDNN_FE', 6, 'GRAPH_EXECUTION_PLAN_CREATION_FAILED', 'cuDNN has no algorithm', 'cuDNN'],
    ['CUDNN_FE', 8, 'HEURISTIC_QUERY_FAILED', 'cuDNN has no algorithm', 'cuDNN'],
    ['CURAND', 203, 'CURAND_STATUS_INITIALIZATION_FAILED', 'could not start on the GPU', 'cuRAND'],
  ])('%s %i, %s: %s', (library, code, text, says, name) => {
    expect(told(called(library, code, text, 'cublasStatus_t'))).toContain(says)
    expect(told(running('Conv', `${library} failure ${code}: ${text} ; GPU=0 ; hostname=vm ; `))).toContain(
      `(--device 1; ${name}: ${text}, error ${code})`,
    )
  })

  test.each([
    [
      'of onnxruntime’s own arena',
      '/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:359 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 2147483648\n',
      "the GPU's memory does not suffice (--device 1; 2048 MiB at once were refused)\n  nvidia-smi shows who else uses it.",
    ],
    [
      'of a limit',
      running('Conv', 'Available memory of 1024 is smaller than requested bytes of 4096'),
      "the GPU's memory does not suffice (--device 1; 4096 bytes at once were refused)",
    ],
    [
      'of a kernel that is not there',
      running(
        'MatMul',
        'CUDA error cudaErrorNoKernelImageForDevice:no kernel image is available for execution on the device',
      ),
      'the libraries have no code for this model of GPU (--device 1; CUDA: no kernel image is available for execution on the device)',
    ],
    [
      'of a kernel that fails otherwise',
      running(
        'MatMul',
        'CUDA error cudaErrorCooperativeLaunchTooLarge:too many blocks in cooperative launch',
      ),
      'a library of NVIDIA failed (--device 1; CUDA: too many blocks in cooperative launch)',
    ],
    [
      'of a missing cuDNN',
      running(
        'Conv',
        `${source}/cuda_kernel.h:272 static cudnnContext* onnxruntime::cuda::CudaKernel::RequireCudnnHandle(cudnnHandle_t) [ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : cuDNN is unavailable or disabled for CUDA Execution Provider: dlopen failed for libcudnn.so: libcudnn.so: cannot open shared object file: No such file or directory\n`,
      ),
      'cuDNN is missing, which convolutions need (--device 1; libcudnn.so: cannot open shared object file: No such file or directory)\n  Install cuDNN 9',
    ],
    [
      'of another library',
      'NVRTC library could not be loaded',
      'a library of NVIDIA failed (--device 1; NVRTC library could not be loaded)',
    ],
  ])('%s', (_, message, says) => {
    expect(told(message)).toContain(`ProviderError: ${says}`)
  })

  test.each([
    running(
      'Gather',
      'indices element out of data bounds, idx=4700 must be within the inclusive range [-3,2]',
    ),
    'Failed to load model because protobuf parsing failed.',
    'std::bad_alloc',
  ])('is not what is none of CUDA: %s', (message) => {
    expect(cudaFailure(message, 0)).toBeUndefined()
  })
})
