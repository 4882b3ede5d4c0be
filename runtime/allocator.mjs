// JavaScript, because bin/hebb.mjs asks before the TypeScript loader is there.

/**
 * With these, glibc's malloc keeps freed blocks in one heap. As it starts, it gives large blocks back to the
 * system, and takes every buffer of a training step page by page again.
 */
const settings = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_ARENA_MAX: '1',
}

const isChosen = (env) =>
  Object.keys(env).some((name) => name.startsWith('MALLOC_') || name === 'GLIBC_TUNABLES')

export const allocatorSettings = (env = process.env, platform = process.platform) =>
  platform === 'linux' && !isChosen(env) ? settings : {}

export const keepsFreedMemory = (env = process.env, platform = process.platform) =>
  platform === 'linux' && Object.entries(settings).every(([name, value]) => env[name] === value)

/**
 * Node.js 20 has ArrayBuffer.transfer, by which memory is freed at once, behind a flag; newer ones have it as it is.
 */
export const nodeFlags = (version = process.versions.node) =>
  version.startsWith('20.') ? ['--harmony-rab-gsab-transfer'] : []
