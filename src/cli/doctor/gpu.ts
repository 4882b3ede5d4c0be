import { spawnSync } from 'node:child_process'
import { DRIVER, driverHelp, isMissing } from '../../../runtime/onnxruntime/cuda-needs.ts'
import { tryLibraries } from '../../../runtime/onnxruntime/try-libraries.ts'
import { systemText } from '../../base/system-text.ts'
import { bytes } from '../units.ts'
import { bad, good, note, type Finding } from './finding.ts'

/** A GPU, as nvidia-smi lists it. */
export interface Gpu {
  readonly index: number
  readonly name: string
  readonly total: number
  readonly free: number
  readonly driver: string
}

const MEBIBYTE = 2 ** 20
const query = [
  '--query-gpu=index,name,memory.total,memory.free,driver_version',
  '--format=csv,noheader,nounits',
]

/** All that the driver has; undefined where nvidia-smi is not there; what it says where it fails. */
export function gpusHere(): readonly Gpu[] | string | undefined {
  const { error, status, stdout, stderr } = spawnSync('nvidia-smi', query, {
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (error) return 'code' in error && error.code === 'ENOENT' ? undefined : error.message
  if (status !== 0) return (stdout.trim() || stderr.trim()).split('\n')[0] ?? `it ends with ${String(status)}`
  return stdout.split('\n').flatMap((line): Gpu[] => {
    const [index, name = '', total, free, driver = ''] = line.split(',').map((cell) => cell.trim())
    if (index === undefined || !/^\d+$/.test(index)) return []
    return [
      { index: Number(index), name, total: Number(total) * MEBIBYTE, free: Number(free) * MEBIBYTE, driver },
    ]
  })
}

/** That of the kernel, where it says so: nvidia-smi may not be in a container. */
function kernelDriver(): string | undefined {
  return /Kernel Module(?: for \S+)?\s+([\d.]+)/.exec(systemText('/proc/driver/nvidia/version') ?? '')?.[1]
}

/** By version of CUDA, the oldest driver that runs it, as NVIDIA's release notes have it. */
const oldest: Readonly<Record<number, number>> = { 12: 525, 13: 580 }

/** Neither of the three has to be there: containers and WSL have only some of them. */
const hasNoDriver = (gpus: ReturnType<typeof gpusHere>): boolean =>
  gpus === undefined &&
  systemText('/proc/driver/nvidia/version') === undefined &&
  tryLibraries([DRIVER]).some(({ problem }) => isMissing(problem))

/** The driver and its GPUs. @param cuda the version that the provider is for @param device the one that is asked for */
export function lookAtDevices(cuda: number | undefined, device: number): readonly Finding[] {
  const gpus = gpusHere()
  return hasNoDriver(gpus)
    ? [
        bad(
          'driver',
          `there is no NVIDIA driver: neither nvidia-smi nor ${DRIVER} nor /proc/driver/nvidia/version is here`,
          driverHelp,
        ),
      ]
    : [lookAtDriver(gpus, cuda), ...lookAtGpus(gpus, device)]
}

function lookAtDriver(gpus: ReturnType<typeof gpusHere>, cuda: number | undefined): Finding {
  const version = (typeof gpus === 'object' ? gpus[0]?.driver : undefined) ?? kernelDriver()
  if (version === undefined)
    return note('driver', 'of no known version: neither nvidia-smi nor /proc/driver/nvidia/version says it')
  const least = oldest[cuda ?? 0]
  return least !== undefined && Number.parseInt(version, 10) < least
    ? bad('driver', `${version}, too old for CUDA ${String(cuda)}`, `Install ${least} or later.`)
    : good('driver', version)
}

function lookAtGpus(gpus: ReturnType<typeof gpusHere>, device: number): readonly Finding[] {
  const { CUDA_VISIBLE_DEVICES: visible } = process.env
  const chosen =
    visible === undefined
      ? []
      : [note('CUDA_VISIBLE_DEVICES', `'${visible}': others are hidden, and these counted anew`)]
  if (gpus === undefined)
    return [
      ...chosen,
      note('GPUs', 'nvidia-smi is not here: which there are, and how much memory is free, is not known'),
    ]
  if (typeof gpus === 'string')
    return [
      ...chosen,
      bad(
        'GPUs',
        `nvidia-smi fails: ${gpus}`,
        'Look after the driver first: restarting the machine loads it anew.',
      ),
    ]
  if (gpus.length === 0)
    return [
      ...chosen,
      bad('GPUs', 'nvidia-smi lists none', 'A container is given them by docker run --gpus all.'),
    ]
  const listed = gpus.map(({ index, name, total, free }) =>
    good(`GPU ${index}`, `${name}, ${bytes(free)} of ${bytes(total)} free`),
  )
  const isThere = visible !== undefined || gpus.some(({ index }) => index === device)
  return [
    ...chosen,
    ...listed,
    ...(isThere
      ? []
      : [bad(`--device ${device}`, 'there is no GPU of this number', 'They are counted from 0.')]),
  ]
}
