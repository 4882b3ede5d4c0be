import { isJson } from '../../log.ts'
import { isQuiet } from '../../shown.ts'
import { changesBoard } from './board-changes.ts'
import { tableBoard } from './board-table.ts'
import { asEvents, asLines } from './told-changes.ts'
import type { Seen } from './seen.ts'

/** Shows how the runs of a sweep stand that others make: a table on a terminal, elsewhere a line or an event for each change. */
export interface HostsBoard {
  readonly show: (seen: Seen) => void
  /** A line of its own. */
  readonly tell: (line: string) => void
  readonly stop: () => void
}

const nothing = () => undefined
const silent: HostsBoard = { show: nothing, tell: nothing, stop: nothing }

export function hostsBoard(to: NodeJS.WriteStream = process.stderr): HostsBoard {
  if (isQuiet()) return silent
  if (isJson()) return changesBoard(asEvents(to))
  return to.isTTY ? tableBoard(to) : changesBoard(asLines(to))
}
