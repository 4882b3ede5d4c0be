import type { ChildProcess } from 'node:child_process'

/** What tests have started: where one fails, the rest would disturb those after it. */

const endings = new Set<() => unknown>()

/** Has something done after the tests of a file, unless what is returned is called before. */
export function afterTests(end: () => unknown): () => void {
  endings.add(end)
  return () => {
    endings.delete(end)
  }
}

/** Has a process ended with the tests of its file at the latest. */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  child.once(
    'exit',
    afterTests(() => child.kill('SIGKILL')),
  )
  return child
}

export async function endAll(): Promise<void> {
  await Promise.all([...endings].map((end) => end()))
  endings.clear()
}
