import { Presets, SingleBar } from 'cli-progress'
import { printable } from '../../src/base/printable.ts'
import type { Progress } from './train.ts'

/** Shows training: a bar on a terminal, a plain line every few seconds elsewhere. */
export interface ProgressView {
  readonly update: (progress: Progress) => void
  readonly stop: () => void
}

const SECONDS_BETWEEN_LINES = 5

export function showProgress(to: NodeJS.WriteStream = process.stderr): ProgressView {
  const stream = unlessBehind(to)
  return stream.isTTY ? bar(stream) : lines(stream)
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

function bar(stream: NodeJS.WriteStream): ProgressView {
  const format = '{bar} {percentage}% · epoch {epoch} · {speed} images/s · {left} left · {losses}'
  const view = new SingleBar(
    { format, stream, hideCursor: true, barsize: 20, etaBuffer: 50, linewrap: false },
    Presets.shades_classic,
  )
  let started = false
  return {
    update: (progress) => {
      if (!started) view.start(progress.totalSteps, 0)
      started = true
      view.update(progress.step, describe(progress))
    },
    stop: () => {
      if (started) view.stop()
    },
  }
}

function lines(stream: NodeJS.WriteStream): ProgressView {
  let last = performance.now()
  return {
    update: (progress) => {
      const now = performance.now()
      if (now - last < SECONDS_BETWEEN_LINES * 1000 && progress.step < progress.totalSteps) return
      last = now
      const { epoch, speed, left, losses } = describe(progress)
      stream.write(
        `${[`step ${progress.step}/${progress.totalSteps}`, `epoch ${epoch}`, `${speed} images/s`, `${left} left`, losses].filter((part) => part !== '').join(' · ')}\n`,
      )
    },
    stop: () => undefined,
  }
}

/** Shows a loop of known length: a bar on a terminal, a plain line every few seconds elsewhere. */
export function showCount(what: string, total: number, to: NodeJS.WriteStream = process.stderr): CountView {
  const stream = unlessBehind(to)
  if (!stream.isTTY) {
    stream.write(`${what}\n`)
    let last = performance.now()
    return {
      update: (done) => {
        if (performance.now() - last < SECONDS_BETWEEN_LINES * 1000) return
        last = performance.now()
        stream.write(`${what}: ${done}/${total}\n`)
      },
      stop: () => undefined,
    }
  }
  const format = '{bar} {value}/{total} · {what}'
  const view = new SingleBar(
    { format, stream, hideCursor: true, barsize: 20, linewrap: false },
    Presets.shades_classic,
  )
  view.start(total, 0, { what })
  return {
    update: (done) => {
      view.update(done)
    },
    stop: () => {
      view.stop()
    },
  }
}

export interface CountView {
  readonly update: (done: number) => void
  readonly stop: () => void
}

const describe = ({ step, stepsPerEpoch, imagesPerSecond, secondsLeft, losses }: Progress) => ({
  epoch: ((step - 1) / stepsPerEpoch + 1 / stepsPerEpoch).toFixed(1),
  speed: imagesPerSecond.toFixed(0),
  left: duration(secondsLeft),
  losses: Object.entries(losses)
    .map(([layer, loss]) => `${printable(layer)} ${loss.toPrecision(3)}`)
    .join(' '),
})

/** `4m 05s`. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`
}
