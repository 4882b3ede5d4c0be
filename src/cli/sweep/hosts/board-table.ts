import { clearScreenDown, moveCursor } from 'node:readline'
import stringWidth from 'string-width'
import { printable } from '../../../base/printable.ts'
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

/** Lines below and above the rows: heading, rule, what is left out, the sum, a hindrance, the cursor's own. */
const OTHER_LINES = 6
const LEAST_ROWS = 3

/** A table of all runs, as many as the screen has lines for, drawn again at each look. */
export function tableBoard(to: NodeJS.WriteStream): HostsBoard {
  let drawn = 0
  const clear = () => {
    if (drawn === 0) return
    moveCursor(to, 0, -drawn)
    clearScreenDown(to)
    drawn = 0
  }
  return {
    show: (seen) => {
      clear()
      const lines = tableLines(seen, to.rows).map((line) => cut(line, to.columns))
      to.write(`${lines.join('\n')}\n`)
      drawn = lines.length
    },
    tell: (line) => {
      clear()
      to.write(`${line}\n`)
    },
    stop: clear,
  }
}

/** What is shown on a screen of so many lines. */
export function tableLines({ runs, workers, hindrance }: Seen, rows: number): string[] {
  const sorted = runs.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const shown = sorted.slice(0, Math.max(LEAST_ROWS, rows - OTHER_LINES))
  const left = sorted.length - shown.length
  const done = runs.filter(({ state }) => state === 'here').length
  return [
    ...table(['run', 'state', 'worker', 'step', 'attempts'], shown.map(rowOf), 'lllrr').split('\n'),
    ...(left > 0 ? [`… and ${left} more`] : []),
    `${done} of ${plural(runs.length, 'run')} done; ${plural(workers.size, 'worker')}`,
    ...(hindrance === undefined ? [] : [printable(hindrance)]),
  ]
}

const rowOf = ({ name, state, worker = '', step, steps, attempts, silence }: SeenRun): string[] => [
  ...[
    name,
    `${words[state]}${silence === undefined ? '' : `, not heard of for ${seconds(silence)} s`}`,
    worker,
  ],
  steps === undefined ? '' : `${step} of ${steps}`,
  attempts === 0 ? '' : String(attempts),
]

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(0)

/** A line that wraps is two to a cursor. */
function cut(line: string, columns: number): string {
  let kept = line
  while (stringWidth(kept) > columns) kept = kept.slice(0, -1)
  return kept
}
