import {
  cudaFolder,
  missingCuda,
  requireCudaSystem,
  requireSoundCuda,
  requireVersionOfCuda,
} from '../../../runtime/onnxruntime/cuda.ts'
import {
  driverHelp,
  DRIVER,
  findCudaNeeds,
  isMissing,
  loadError,
  missingHelp,
  versionsHelp,
  type CudaNeeds,
} from '../../../runtime/onnxruntime/cuda-needs.ts'
import { TF32_VARIABLE } from '../../../runtime/session/tf32.ts'
import { bad, failed, good, looked, note, type Finding } from './finding.ts'
import { gpusHere, lookAtDriver, lookAtGpus } from './gpu.ts'
import { libraryVersion } from './library-version.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'

/** The CUDA provider, all that it needs, the driver and its GPUs. */
export function lookAtCuda({ device = 0 }: SessionOptions): readonly Finding[] {
  const provider = looked('CUDA provider', providerFiles)
  const gpus = gpusHere()
  const needs = provider.state === 'bad' ? undefined : findCudaNeeds()
  const version = needs && cudaVersion(needs)
  const set = process.env[TF32_VARIABLE]
  return [
    provider,
    ...(needs ? [...needs.libraries.map(libraryFinding), ...symbols(needs)] : []),
    ...(set === undefined ? [] : [note(TF32_VARIABLE, `is ${set}`)]),
    lookAtDriver(gpus, version),
    ...lookAtGpus(gpus, device),
  ]
}

function providerFiles(): Finding {
  requireCudaSystem()
  const { folder, files } = missingCuda()
  if (files.length > 0)
    return bad(
      'CUDA provider',
      `${files.join(' and ')} missing in ${folder}`,
      'Install it: npx hebb install-cuda',
    )
  requireSoundCuda()
  requireVersionOfCuda()
  return good('CUDA provider', `in ${cudaFolder()}`)
}

/** That of the runtime which the provider needs by name. */
function cudaVersion({ libraries }: CudaNeeds): number | undefined {
  const [, major] =
    libraries
      .flatMap(({ name }) => [/^libcudart\.so\.(\d+)$/.exec(name) ?? []])
      .find(({ length }) => length > 0) ?? []
  return major === undefined ? undefined : Number(major)
}

function libraryFinding({ name, path, problem }: CudaNeeds['libraries'][number]): Finding {
  if (problem === undefined) {
    const version = path === undefined ? undefined : libraryVersion(path)
    return good(name, [...(version === undefined ? [] : [version]), path ?? 'loaded'].join(', '))
  }
  if (!isMissing(problem)) return bad(name, problem, versionsHelp)
  return bad(name, 'cannot be found', name === DRIVER ? driverHelp : missingHelp([name]))
}

/** Whether all that the provider calls is in these libraries. */
function symbols({ libraries, provider }: CudaNeeds): readonly Finding[] {
  if (libraries.some(({ problem }) => problem !== undefined) || provider.problem === undefined) return []
  return [failed('CUDA provider', loadError())]
}
