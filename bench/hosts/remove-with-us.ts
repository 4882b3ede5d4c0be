import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What outlives a process unless somebody removes it. */
export interface Left {
  /** Network namespaces; whatever runs in them is ended. */
  readonly namespaces: readonly string[]
  /** Where a disk may be mounted. */
  readonly mount: string
  /** Control groups, by their folders; whatever runs in them is in one of the namespaces. */
  readonly groups: readonly string[]
}

/** Waits for the end of its input, which comes with the end of this process, however it ends. */
const SCRIPT = `
trap '' INT TERM HUP
read -r _
mount=$1
groups=$2
shift 2
for name in "$@"; do
  for pid in $(ip netns pids "$name" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
done
for name in "$@"; do ip netns delete "$name" 2>/dev/null; done
if mountpoint -q "$mount"; then umount -l "$mount"; fi
for group in $groups; do rmdir "$group" || { sleep 1; rmdir "$group"; }; done 2>/dev/null
`

/** Has these removed when this process ends, also where it is killed. @returns removes them now */
export function removeWithUs({ namespaces, mount, groups }: Left): () => Promise<void> {
  const remover = spawn('sh', ['-c', SCRIPT, 'sh', mount, groups.join(' '), ...namespaces], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  })
  // What is started later and not ended keeps no process waiting for it.
  remover.unref()
  return async () => {
    if (remover.exitCode !== null) return
    remover.ref()
    remover.stdin.end()
    await once(remover, 'exit')
  }
}
