import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { newFolder } from '../cli/run-hebb.ts'

/** The folder that scripts/placement/setup.sh made: the real CUDA provider, and stubs of NVIDIA's libraries. */
const named = process.env.HEBB_CUDA_RIG
export const rig = named === undefined || !existsSync(join(named, 'stubs')) ? undefined : resolve(named)

/** The variables of a process that finds these stubs; where nothing is changed, as they are. */
export function onStubs(change: (stubs: string) => void = () => undefined): Record<string, string> {
  if (rig === undefined) throw new Error('there is no rig')
  const stubs = join(newFolder(), 'stubs')
  mkdirSync(stubs)
  for (const name of readdirSync(join(rig, 'stubs')))
    if (/\.so(\.\d+)?$/.test(name)) symlinkSync(join(rig, 'stubs', name), join(stubs, name))
  change(stubs)
  return {
    HEBB_ONNXRUNTIME: join(rig, 'node_modules/onnxruntime-node'),
    LD_LIBRARY_PATH: stubs,
    STUBLOG: join(stubs, 'calls.log'),
  }
}

export const without =
  (...names: readonly string[]) =>
  (stubs: string): void => {
    for (const name of names) rmSync(join(stubs, name))
  }
