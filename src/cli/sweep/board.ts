import { MultiBar, Presets } from 'cli-progress'
import { drawnNoMore, drawnNow } from '../drawn.ts'
import { isJson, tellEvent } from '../log.ts'
import { isQuiet } from '../shown.ts'
import { duration, plural } from '../units.ts'
import { begunAt, standing } from './standing.ts'

/** How a run ended. */
interface Ended {
  readonly seconds: number
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined
}

const endText = ({ seconds, failure }: Ended): string =>
  failure === undefined ? `done in ${duration(seconds)}` : 'failed'

/** Shows how far the runs of a sweep are: a bar for each on a terminal, a line for each event elsewhere, text or JSON. */
export interface Board {
  readonly begun: (name: string, folder: string) => void
  readonly ended: (name: string, how: Ended) => void
  /** A line above the bars. */
  readonly tell: (line: string) => void
  readonly stop: () => void
}

export function boardShown(total: number, done: number, to: NodeJS.WriteStream = process.stderr): Board {
  if (isQuiet()) return silent
  if (isJson()) return events(total, done, to)
  return to.isTTY ? bars(total, done, to) : lines(total, done, to)
}

const nothing = () => undefined
const silent: Board = { begun: nothing, ended: nothing, tell: nothing, stop: nothing }

function lines(total: number, before: number, to: NodeJS.WriteStream): Board {
  let done = before
  const tell = (line: string) => {
    to.write(`${line}\n`)
  }
  if (before > 0) tell(`${before} of ${plural(total, 'run')} are done already`)
  return {
    begun: (name, folder) => {
      const { step } = begunAt(folder)
      tell(`${name}: ${step === 0 ? 'begun' : `goes on after step ${step}`}`)
    },
    ended: (name, how) => {
      tell(`${name}: ${endText(how)} (${++done} of ${total})`)
    },
    tell,
    stop: nothing,
  }
}

function events(total: number, before: number, to: NodeJS.WriteStream): Board {
  let done = before
  const tell = (event: string, fields: object) => {
    tellEvent('info', event, fields, to)
  }
  return {
    begun: (name, folder) => {
      tell('begun', { name, run: folder, ...begunAt(folder), done, total })
    },
    ended: (name, { seconds, failure }) => {
      tell('ended', { name, seconds, failure, done: ++done, total })
    },
    tell: (message) => {
      tell('message', { message })
    },
    stop: nothing,
  }
}

const LOOK_MS = 1000

/** What terminals are told. */
const [CLEAR_BELOW, WRAP, CUT] = ['\u001b[J', '\u001b[?7h', '\u001b[?7l']

function bars(total: number, before: number, stream: NodeJS.WriteStream): Board {
  const format = '{bar} {value}/{total} {what}'
  const all = new MultiBar(
    {
      ...{ format, stream, barsize: 20, hideCursor: true, linewrap: false, clearOnComplete: true },
      // What is said is written over bars that have not changed, too.
      forceRedraw: true,
    },
    Presets.shades_classic,
  )
  const sum = all.create(total, before, { what: 'runs' })
  const running = new Map<string, { readonly folder: string; readonly bar: ReturnType<MultiBar['create']> }>()
  const look = setInterval(() => {
    for (const [name, { folder, bar }] of running) {
      const { step, steps } = standing(folder)
      bar.setTotal(steps)
      bar.update(step, { what: `${name}${step === steps ? ', being measured' : ''}` })
    }
  }, LOOK_MS)
  // Lines of bars are cut at the terminal's width; what is said goes on in the next row.
  const tell = (text: string) => {
    all.log(`${CLEAR_BELOW}${WRAP}${text}\n${CUT}`)
    all.update()
  }
  const drawn = { above: tell }
  drawnNow(drawn)
  return {
    begun: (name, folder) => {
      running.set(name, { folder, bar: all.create(1, 0, { what: name }) })
    },
    ended: (name, how) => {
      const shown = running.get(name)
      if (shown) all.remove(shown.bar)
      running.delete(name)
      sum.increment()
      tell(`${name}: ${endText(how)}`)
    },
    tell,
    stop: () => {
      drawnNoMore(drawn)
      clearInterval(look)
      all.stop()
    },
  }
}
