import { spawnSync } from 'node:child_process'
import { allocatorSettings } from '../runtime/session/allocator.mjs'

/** Where a PyTorch process takes its memory from; a process's allocator is set as it starts. */

export const allocatorNames = ['own', 'ours', 'jemalloc'] as const
export type Allocator = (typeof allocatorNames)[number]

/** As PyTorch's tuning guide has it: freed pages are kept. */
const KEEPING =
  'oversize_threshold:1,background_thread:true,metadata_thp:auto,dirty_decay_ms:-1,muzzy_decay_ms:-1'

/** Where the system's loader finds it; undefined where it is not installed. */
function jemallocPath(): string | undefined {
  const { status, stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' })
  return status === 0 ? /libjemalloc\.so\S* .*=> (\S+)/.exec(stdout)?.[1] : undefined
}

const jemalloc = jemallocPath()

/** Variables of the process; undefined where it is not installed. */
export const allocators: Readonly<Record<Allocator, Readonly<Record<string, string>> | undefined>> = {
  /** As Python starts. */
  own: {},
  /** Keeps freed memory, as our processes do. */
  ours: allocatorSettings(),
  jemalloc: jemalloc === undefined ? undefined : { LD_PRELOAD: jemalloc, MALLOC_CONF: KEEPING },
}
