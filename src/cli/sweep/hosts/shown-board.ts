import type { Seen } from './seen.ts'

/** Shows how the runs of a sweep stand that others make: a table on a terminal, elsewhere a line or an event for each change. */
export interface HostsBoard {
  readonly show: (seen: Seen) => void
  /** A line of its own. */
  readonly tell: (line: string) => void
  readonly stop: () => void
}
