import type { ChildProcess } from 'node:child_process'

/** Processes that tests have started. */

const running = new Set<ChildProcess>()

/** Has a process ended with the tests of its file at the latest. */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Kills what a test that failed has left, which would disturb those after it. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
