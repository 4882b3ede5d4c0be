import { isJson } from '../../log.ts'
import { isQuiet } from '../../shown.ts'
import { changesBoard } from './board-changes.ts'
import { tableBoard } from './board-table.ts'
import { asEvents, asLines } from './told-changes.ts'
import type { HostsBoard } from './shown-board.ts'

const nothing = () => undefined
const silent: HostsBoard = { show: nothing, tell: nothing, stop: nothing }

/** As there is a terminal or not, and as is asked for. */
export function hostsBoard(to: NodeJS.WriteStream = process.stderr): HostsBoard {
  if (isQuiet()) return silent
  if (isJson()) return changesBoard(asEvents(to))
  return to.isTTY ? tableBoard(to) : changesBoard(asLines(to))
}
