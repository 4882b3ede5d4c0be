import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import stringWidth from 'string-width'
import { printable } from '../../../base/printable.ts'
import { terminalSize, type TerminalSize } from '../../../base/terminal-size.ts'
import { drawnNow, drawnNoMore } from '../../drawn.ts'
import { table } from '../../table.ts'
import { plural } from '../../units.ts'
import type { HostsBoard } from './shown-board.ts'
import type { Seen, SeenRun, State } from './seen.ts'

/** In the order in which a screen that is too small has room for them. */
const order: readonly State[] = ['running', 'probing', 'lost', 'failed', 'waiting', 'missing', 'done', 'here']

const words: Readonly<Record<State, string>> = {
  ...{ running: 'running', probing: 'probing', lost: 'lost' },
  ...{ failed: 'failed', waiting: 'waiting', missing: 'not published' },
  ...{ done: 'being fetched', here: 'done' },
}

/** Rows of the screen below and above those of runs: heading, rule, what is left out, the cursor's own. */
const OTHER_ROWS = 4
const LEAST_ROWS = 3

/** A table of all runs, as many as the screen has rows for, drawn again at each look; what is said goes above it. */
export function tableBoard(to: NodeJS.WriteStream): HostsBoard {
  let drawn: readonly string[] = []
  const clear = () => {
    if (drawn.length === 0) return
    // The terminal may have shown a key there.
    cursorTo(to, 0)
    moveCursor(to, 0, -rowsOf(drawn, terminalSize(to)))
    clearScreenDown(to)
  }
  const draw = (lines: readonly string[]) => {
    if (lines.length > 0) to.write(`${lines.join('\n')}\n`)
    drawn = lines
  }
  const above = (text: string) => {
    clear()
    to.write(`${text}\n`)
    draw(drawn)
  }
  const board = { above }
  return {
    show: (seen) => {
      clear()
      draw(tableLines(seen, terminalSize(to)))
      drawnNow(board)
    },
    tell: above,
    stop: () => {
      clear()
      drawn = []
      drawnNoMore(board)
    },
  }
}

/** What is shown on a screen of this size. Cells are cut there; the lines below the table go on in the next row, as a terminal does it. */
export function tableLines({ runs, workers, hindrance }: Seen, size: TerminalSize): string[] {
  const done = runs.filter(({ state }) => state === 'here').length
  const below = [
    `${done} of ${plural(runs.length, 'run')} done; ${plural(workers.size, 'worker')}`,
    ...(hindrance === undefined ? [] : [printable(hindrance)]),
  ]
  const sorted = runs.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const shown = sorted.slice(0, Math.max(LEAST_ROWS, size.rows - OTHER_ROWS - rowsOf(below, size)))
  const left = sorted.length - shown.length
  const cells = table(['run', 'state', 'worker', 'step', 'attempts'], shown.map(cellsOf), 'lllrr').split('\n')
  return [
    ...cells.map((line) => cut(line, size.columns)),
    ...(left > 0 ? [`… and ${left} more`] : []),
    ...below,
  ]
}

const cellsOf = ({ name, state, worker = '', step, steps, attempts, silence }: SeenRun): string[] => [
  ...[
    name,
    `${words[state]}${silence === undefined ? '' : `, not heard of for ${seconds(silence)} s`}`,
    worker,
  ],
  steps === undefined ? '' : `${step} of ${steps}`,
  attempts === 0 ? '' : String(attempts),
]

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(0)

/** How many rows of a terminal some lines take. */
const rowsOf = (lines: readonly string[], { columns }: TerminalSize): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0)

function cut(line: string, columns: number): string {
  let kept = line
  while (stringWidth(kept) > columns) kept = kept.slice(0, -1)
  return kept
}
