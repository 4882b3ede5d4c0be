import { missingHelp, seeDoctor } from '../onnxruntime/cuda-needs.ts'

/** What may be wrong with a GPU, its driver or NVIDIA's libraries: what is said of it, and what to do. */
export interface Reason {
  readonly says: string
  readonly help: string
}

const seen = (): string => {
  const { CUDA_VISIBLE_DEVICES: visible } = process.env
  return visible === undefined ? '' : ` CUDA_VISIBLE_DEVICES is '${visible}', which hides others.`
}

const reasons = {
  memory: () => ({
    says: "the GPU's memory does not suffice",
    help: 'nvidia-smi shows who else uses it. Use a smaller batch, fewer --workers or --steps-per-run, or another --device.',
  }),
  none: () => ({
    says: 'there is no GPU that CUDA can use',
    help: `nvidia-smi lists those that the driver has; a container is given them by docker run --gpus all.${seen()} Or use --provider cpu.`,
  }),
  number: () => ({
    says: 'there is no GPU of this number',
    help: `Give another --device: they are counted from 0.${seen()}`,
  }),
  oldDriver: () => ({
    says: "the GPU's driver is too old for the CUDA libraries",
    help: 'Install a newer driver (nvidia-smi tells its version; CUDA 13 needs 580 or later, CUDA 12 525), or use --provider cpu.',
  }),
  stub: () => ({
    says: 'libcuda.so.1 is the stub that programs are linked with, not the driver',
    help: 'Take the folder stubs of the CUDA toolkit out of LD_LIBRARY_PATH; a container is given the driver by docker run --gpus all.',
  }),
  mismatch: () => ({
    says: "the kernel's driver and libcuda.so.1 are not of one version",
    help: 'Restart the machine after a driver was updated; in a container, take the package cuda-compat out of LD_LIBRARY_PATH.',
  }),
  driver: () => ({
    says: "the GPU's driver does not work",
    help: `Look whether nvidia-smi works, and who may open /dev/nvidia*. Restarting the machine loads the driver anew. ${seeDoctor}`,
  }),
  fabric: () => ({
    says: 'the system of GPUs is not ready',
    help: 'Where they are joined by NVSwitch, its service must run: systemctl status nvidia-fabricmanager.',
  }),
  busy: () => ({
    says: 'the GPU is in use, or reserved for another process',
    help: 'nvidia-smi shows who uses it, and its compute mode (Default lets several). Use another --device, or wait.',
  }),
  architecture: () => ({
    says: 'the libraries have no code for this model of GPU',
    help: 'Use one that this version of CUDA supports, or an onnxruntime-node that was built for yours (HEBB_ONNXRUNTIME).',
  }),
  hardware: () => ({
    says: 'the GPU reports a fault of its hardware',
    help: 'nvidia-smi -q and dmesg (Xid) say more. Use another --device; whoever looks after the machine must reset this one.',
  }),
  crash: () => ({
    says: 'a computation on the GPU was ended by a fault',
    help: 'Resume the run: it goes on from its last checkpoint. dmesg (Xid) says more; should it come again, please report it.',
  }),
  slow: () => ({
    says: 'a computation on the GPU took longer than the system allows',
    help: 'A GPU that draws a screen is given seconds: use another --device, or a smaller batch.',
  }),
  mps: () => ({
    says: 'the Multi-Process Service of the GPU cannot be used',
    help: 'Start it (nvidia-cuda-mps-control -d), or unset CUDA_MPS_PIPE_DIRECTORY; the limit of its clients may be reached.',
  }),
  refused: () => ({
    says: 'the system refuses an operation on the GPU',
    help: 'Look who may open /dev/nvidia*, and what the container or the scheduler allows.',
  }),
  licence: () => ({
    says: 'the virtual GPU has no licence',
    help: 'Whoever looks after the machine must give it one: nvidia-smi -q tells its state.',
  }),
  start: () => ({
    says: 'a library of NVIDIA could not start on the GPU',
    help: `Most often its memory is taken (nvidia-smi shows by whom), or driver and libraries do not fit each other. ${seeDoctor}`,
  }),
  versions: () => ({
    says: 'libraries of NVIDIA are of versions that do not fit each other',
    help: `Install all of one release, and no others in LD_LIBRARY_PATH. ${seeDoctor}`,
  }),
  missing: () => ({
    says: 'a library of NVIDIA is missing',
    help: `Install it, or add its folder to LD_LIBRARY_PATH. ${seeDoctor}`,
  }),
  cudnn: () => ({
    says: 'cuDNN is missing, which convolutions need',
    help: missingHelp(['libcudnn.so.9']),
  }),
  plan: () => ({
    says: 'cuDNN has no algorithm for a convolution',
    help: `Most often the GPU's memory is taken, or cuDNN is of a version that does not know the GPU. ${seeDoctor}`,
  }),
  failed: () => ({
    says: 'a library of NVIDIA failed',
    help: `${seeDoctor} Resume a run from its last checkpoint.`,
  }),
} satisfies Readonly<Record<string, () => Reason>>

type Name = keyof typeof reasons

/** By the number of an error of the CUDA runtime. */
const byCode: readonly (readonly [Name, readonly number[]])[] = [
  ['memory', [2]],
  ['none', [100]],
  ['number', [101]],
  ['oldDriver', [35, 36, 222]],
  ['stub', [34]],
  ['mismatch', [803, 804]],
  ['driver', [3, 4, 49, 127, 201, 304, 709, 999]],
  ['fabric', [802]],
  ['busy', [46, 216]],
  ['architecture', [98, 200, 209, 218, 221, 223, 224, 225, 300, 801]],
  ['hardware', [214, 220, 226, 911]],
  ['crash', [53, 700, 701, 710, 714, 715, 716, 717, 718, 719, 721]],
  ['slow', [702, 909]],
  ['mps', [805, 806, 807, 808, 809, 810, 811]],
  ['refused', [800]],
  ['licence', [102, 103]],
  ['missing', [301, 302, 303]],
]

/** By what an error of another library of NVIDIA is called. */
const byName: readonly (readonly [Name, RegExp])[] = [
  ['memory', /ALLOC\w*_FAILED|out of memory/i],
  ['versions', /VERSION_MISMATCH/],
  ['missing', /LOADING_FAILED|PREREQUISITE_MISSING/],
  ['architecture', /ARCH_MISMATCH/],
  ['licence', /LICENSE/],
  ['plan', /PLAN_CREATION_FAILED|HEURISTIC_QUERY_FAILED|NOT_SUPPORTED/],
  ['start', /NOT_INITIALIZED|INITIALIZATION_FAILED/],
  ['crash', /EXECUTION_FAILED|LAUNCH_FAILURE|MAPPING_ERROR/],
]

export const reasonOfCode = (code: number): Reason =>
  reasons[byCode.find(([, codes]) => codes.includes(code))?.[0] ?? 'failed']()

export const reasonOfName = (name: string): Reason =>
  reasons[byName.find(([, pattern]) => pattern.test(name))?.[0] ?? 'failed']()

export const reasonCalled = (name: Name): Reason => reasons[name]()
