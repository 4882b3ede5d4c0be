// JavaScript, because bin/hebb.mjs asks before the TypeScript loader is there.

/**
 * With these, glibc's malloc keeps freed blocks in one heap. As it starts, it gives large blocks back to the
 * system, and takes every buffer of a training step page by page again.
 */
const keeping = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
}
/** All threads share one heap: what one of them freed serves any other. */
const oneHeap = { MALLOC_ARENA_MAX: '1' }
/**
 * Pages of 2 MB, where the system has them: fewer to find and to fill. No lists of small free blocks: what aligning a
 * large buffer leaves beside it would lie there, and keep the buffer's place from being one piece again.
 */
const tunables = { hugetlb: 1, tcache_count: 0, mxfast: 0 }
const others = {
  // The heap takes half a GB of addresses (no memory) as it starts, before V8 puts its code range right behind it and
  // leaves only pieces elsewhere that never join: a tenth more memory.
  MALLOC_TOP_PAD_: String(2 ** 29),
  GLIBC_TUNABLES: Object.entries(tunables)
    .map(([name, value]) => `glibc.malloc.${name}=${value}`)
    .join(':'),
}

const isChosen = (env) =>
  Object.keys(env).some((name) => name.startsWith('MALLOC_') || name === 'GLIBC_TUNABLES')

/** Several threads that run graphs would wait for each other at every buffer in one heap: each has its own. */
export const allocatorSettings = (workers = 1, env = process.env, platform = process.platform) =>
  platform === 'linux' && !isChosen(env) ? { ...keeping, ...(workers > 1 ? {} : oneHeap), ...others } : {}

export const keepsFreedMemory = (env = process.env, platform = process.platform) =>
  platform === 'linux' && Object.entries(keeping).every(([name, value]) => env[name] === value)

/**
 * How Node.js collects garbage: on the thread that trains, and rarely. V8's helper threads would take a core from
 * onnxruntime's, and whoever waits for its share of an operation then loses milliseconds. Node.js 20 has
 * ArrayBuffer.transfer, by which memory is freed at once, behind a flag; newer ones have it as it is.
 */
export const nodeFlags = (version = process.versions.node) => [
  '--single-threaded-gc',
  '--no-incremental-marking',
  ...(version.startsWith('20.') ? ['--harmony-rab-gsab-transfer'] : []),
]
