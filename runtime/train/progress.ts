import { Presets, SingleBar, type Options, type Params } from 'cli-progress'
import { terminalSize } from '../../src/base/terminal-size.ts'
import { lineOf, lineWithin } from './progress-text.ts'
import type { Progress } from './train.ts'

export { duration } from './progress-text.ts'

/** Shows training: a bar on a terminal, a plain line now and then elsewhere. */
export interface ProgressView extends Above {
  readonly update: (progress: Progress) => void
  readonly stop: () => void
}

interface Above {
  /** Writes lines, the last one without its end, above the bar; undefined where there is none. */
  readonly above?: (text: string) => void
}

/** Writes how far a training has come, as a line. */
export type ProgressLine = (stream: NodeJS.WriteStream, progress: Progress) => void
/** Writes how far a loop has come, as a line. */
export type CountLine = (stream: NodeJS.WriteStream, what: string, done: number, total: number) => void

/** @param line how a line is written, on terminals, too */
export function showProgress(to: NodeJS.WriteStream = process.stderr, line?: ProgressLine): ProgressView {
  const stream = unlessBehind(to)
  const plain: ProgressLine = (stream, progress) => stream.write(`${lineOf(progress)}\n`)
  return stream.isTTY && !line ? bar(stream, to) : lines(stream, line ?? plain)
}

/**
 * What a reader who lags behind, or has stopped reading, would be shown is dropped: the work does not wait for it, and
 * it is not kept in memory.
 */
function unlessBehind(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  // What others write there meanwhile, such as why the work stops, is not waited for either.
  dontWait(stream)
  const write = (text: string): boolean => {
    if (stream.writableLength > 0) return false
    dontWait(stream)
    return stream.write(text)
  }
  return Object.create(stream, { write: { value: write } }) as NodeJS.WriteStream
}

/** Node.js waits for terminals, and for pipes, too, as soon as a process was started that shares them. */
function dontWait(
  stream: NodeJS.WriteStream & { readonly _handle?: { setBlocking?: (on: boolean) => void } },
) {
  stream._handle?.setBlocking?.(false)
}

/** As many of the bar's characters, a part of them filled. */
const drawn =
  ({ barCompleteChar = '', barIncompleteChar = '' }: Options, { progress }: Pick<Params, 'progress'>) =>
  (size: number): string => {
    const filled = Math.round(progress * size)
    return barCompleteChar.repeat(filled) + barIncompleteChar.repeat(size - filled)
  }

/** The terminal may be made wider or narrower meanwhile; its last column stays free, where the cursor would wrap. */
const columnsOf = (stream: NodeJS.WriteStream): number => Math.max(1, terminalSize(stream).columns - 1)

function bar(stream: NodeJS.WriteStream, to: NodeJS.WriteStream): ProgressView {
  let now: Progress | undefined
  const format = (options: Options, params: Params) =>
    now === undefined ? '' : lineWithin(columnsOf(stream), now, drawn(options, params))
  const view = new SingleBar({ format, stream, hideCursor: true, linewrap: false }, Presets.shades_classic)
  const keeper = barKeeper(view, to)
  return {
    update: (progress) => {
      now = progress
      keeper.start(progress.totalSteps)
      view.update(progress.step)
    },
    ...{ stop: keeper.stop, above: keeper.above },
  }
}

/** A bar that is stopped where it stands, with what is said below it, and begun again below that when there is more to show. */
function barKeeper(view: SingleBar, to: NodeJS.WriteStream) {
  let isStarted = false
  const stop = () => {
    if (isStarted) view.stop()
    isStarted = false
  }
  return {
    start: (total: number, payload?: object) => {
      if (!isStarted) view.start(total, 0, payload)
      isStarted = true
    },
    stop,
    above: (text: string) => {
      stop()
      to.write(`${text}\n`)
    },
  }
}

/** Seconds between two lines at first, and after the first minutes of what takes longer. */
const SOON = 5
const LATER = 30
const FIRST_MINUTES = 3

/** Whether a line is due: every few seconds at first, seldom in the logs of long runs. */
function schedule(): () => boolean {
  const began = performance.now()
  let last = began
  return () => {
    const now = performance.now()
    const apart = now - began < FIRST_MINUTES * 60_000 ? SOON : LATER
    if (now - last < apart * 1000) return false
    last = now
    return true
  }
}

function lines(stream: NodeJS.WriteStream, write: ProgressLine): ProgressView {
  const isDue = schedule()
  return {
    update: (progress) => {
      if (isDue() || progress.step === progress.totalSteps) write(stream, progress)
    },
    stop: () => undefined,
  }
}

/** Shows a loop of known length: a bar on a terminal, a plain line now and then elsewhere. */
export function showCount(
  what: string,
  total: number,
  to: NodeJS.WriteStream = process.stderr,
  line?: CountLine,
): CountView {
  const stream = unlessBehind(to)
  if (!stream.isTTY || line) {
    const plain: CountLine = (stream, what, done, total) => stream.write(`${what}: ${done}/${total}\n`)
    if (line) line(stream, what, 0, total)
    else stream.write(`${what}\n`)
    const isDue = schedule()
    return {
      update: (done) => {
        if (isDue()) (line ?? plain)(stream, what, done, total)
      },
      stop: () => undefined,
    }
  }
  const format = '{bar} {value}/{total} · {what}'
  const view = new SingleBar(
    { format, stream, hideCursor: true, barsize: 20, linewrap: false },
    Presets.shades_classic,
  )
  const { start, stop, above } = barKeeper(view, to)
  start(total, { what })
  return {
    update: (done) => {
      start(total, { what })
      view.update(done)
    },
    ...{ stop, above },
  }
}

export interface CountView extends Above {
  readonly update: (done: number) => void
  readonly stop: () => void
}
