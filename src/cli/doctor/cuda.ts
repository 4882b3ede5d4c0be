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
import { lookAtDevices } from './gpu.ts'
import { libraryVersion } from './library-version.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'

/**
 * The driver and its GPUs, without which nothing else is worth installing; the CUDA provider, and all that it needs.
 *
 * @param isInstalled whether there is an onnxruntime, whose part the provider is
 */
export function lookAtCuda({ device = 0 }: SessionOptions, isInstalled: boolean): readonly Finding[] {
  const provider = isInstalled
    ? looked('CUDA provider', providerFiles)
    : note('CUDA provider', 'not looked at: it is a part of onnxruntime')
  const needs = provider.state === 'good' ? findCudaNeeds() : undefined
  const devices = lookAtDevices(needs && cudaVersion(needs), device)
  const lacksDriver = devices.some(({ name, state }) => name === 'driver' && state === 'bad')
  const libraries = (needs?.libraries ?? []).filter(({ name }) => !(lacksDriver && name === DRIVER))
  const set = process.env[TF32_VARIABLE]
  return [
    ...devices,
    provider,
    ...(needs ? [...libraries.map(libraryFinding), ...symbols(needs)] : []),
    ...(set === undefined ? [] : [note(TF32_VARIABLE, `is ${set}`)]),
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
