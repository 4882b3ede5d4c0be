import { MultiBar, Presets } from 'cli-progress'
import { closeSync } from 'node:fs'
import { isThere } from '../../base/file-kind.ts'
import { openRegularFile, readUpTo, sizeOf } from '../../base/regular-file.ts'
import { readRecord } from '../../../runtime/files/run-record.ts'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { isQuiet } from '../shown.ts'
import { plural } from '../units.ts'

/** Shows how far the runs of a sweep are: a bar for each on a terminal, a line for each event elsewhere. */
export interface Board {
  readonly begun: (name: string, folder: string) => void
  readonly ended: (name: string, how: string) => void
  /** A line above the bars. */
  readonly tell: (line: string) => void
  readonly stop: () => void
}

export function showBoard(total: number, done: number, to: NodeJS.WriteStream = process.stderr): Board {
  if (isQuiet()) return silent
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
      const { step } = standing(folder)
      tell(`${name}: ${step === 0 ? 'begun' : `goes on after step ${step}`}`)
    },
    ended: (name, how) => {
      tell(`${name}: ${how} (${++done} of ${total})`)
    },
    tell,
    stop: nothing,
  }
}

const LOOK_MS = 1000

function bars(total: number, before: number, stream: NodeJS.WriteStream): Board {
  const format = '{bar} {value}/{total} {what}'
  const all = new MultiBar(
    { format, stream, barsize: 20, hideCursor: true, linewrap: false, clearOnComplete: true },
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
  const tell = (line: string) => {
    all.log(`${line}\n`)
  }
  return {
    begun: (name, folder) => {
      running.set(name, { folder, bar: all.create(1, 0, { what: name }) })
    },
    ended: (name, how) => {
      const shown = running.get(name)
      if (shown) all.remove(shown.bar)
      running.delete(name)
      sum.increment()
      tell(`${name}: ${how}`)
    },
    tell,
    stop: () => {
      clearInterval(look)
      all.stop()
    },
  }
}

/** Longer than any line of metrics. */
const TAIL = 64 * 1024

/** How far a run is, of how many steps; 0 of 1 where that is not known yet. */
export function standing(folder: string): { readonly step: number; readonly steps: number } {
  const { metrics, record } = runFiles(folder)
  if (!isThere(record)) return { step: 0, steps: 1 }
  const steps = readRecord(folder).totalSteps
  if (!isThere(metrics)) return { step: 0, steps }
  const file = openRegularFile(metrics)
  try {
    const size = sizeOf(file)
    const bytes = new Uint8Array(Math.min(TAIL, size))
    const read = readUpTo(file, bytes, size - bytes.length)
    // The last line may be half written.
    const found = [
      ...new TextDecoder().decode(bytes.subarray(0, read)).matchAll(/^\{"step":(\d+),.*\}$/gm),
    ].at(-1)
    return { step: found ? Number(found[1]) : 0, steps }
  } finally {
    closeSync(file)
  }
}
