import { spawnSync } from 'node:child_process'
import { allocatorSettings, keepsFreedMemory, nodeFlags } from '../runtime/session/allocator.mjs'

/** Starts this benchmark again as `hebb train` starts itself, and ends as that ends; returns where it was. */
export function startAsTrain(workers = 1): void {
  const settings = allocatorSettings(workers)
  if (keepsFreedMemory() || Object.keys(settings).length === 0) return
  const { status } = spawnSync(
    process.execPath,
    [...nodeFlags(), ...process.execArgv, ...process.argv.slice(1)],
    { env: { ...process.env, ...settings }, stdio: 'inherit' },
  )
  process.exit(status ?? 1)
}
