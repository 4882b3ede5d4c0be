import type { Metrics } from './metrics-line.ts'
import { appendMetrics, soundLines } from './metrics.ts'
import { beginning, ending, eventOfMetrics, eventOfProbe } from './tensorboard/events.ts'
import { EventFile } from './tensorboard/event-file.ts'
import { eventFilesIn, removeEventFiles } from './tensorboard/own-files.ts'
import { settingsOf } from './tensorboard/settings.ts'
import type { ProbeLine } from './probe-line.ts'
import { readProbes } from './probes.ts'
import { runFiles, type RunFolder } from './run-files.ts'
import type { Event } from './tensorboard/schema.ts'

/** How a training has ended. */
export interface End {
  /** Steps done. */
  readonly step: number
  readonly finished: boolean
}

/** A checkpoint that was written. */
export interface Saved {
  /** Steps that it knows of. */
  readonly step: number
  /** Its file. */
  readonly path: string
  /** The size of the file. */
  readonly bytes: number
  /** When it was there, in seconds since 1970. */
  readonly time: number
  /** That it took to write. */
  readonly milliseconds: number
}

/** What is told of a training as it goes. All are told the same, one after another. */
export interface Sink {
  readonly metrics: (line: Metrics) => void
  /** What was found when the network was looked at. */
  readonly probe: (line: ProbeLine) => void
  /** Before each checkpoint: what waits is given to the system. */
  readonly flush: () => void
  /** A checkpoint was written. */
  readonly checkpoint: (saved: Saved) => void
  readonly end: (end: End) => void
  /** An error ends the training. */
  readonly failed: () => void
}

export const metricsSink = (path: string): Sink => ({
  // They have a file of their own, which whoever looks keeps.
  probe: () => undefined,
  metrics: (line) => {
    appendMetrics(path, [line])
  },
  flush: () => undefined,
  checkpoint: () => undefined,
  end: () => undefined,
  failed: () => undefined,
})

const now = (): number => Date.now() / 1000

/** The events of all that a run has done so far, as its own files tell it. */
function* history(run: RunFolder): Generator<Event, void> {
  yield* beginning(settingsOf(run), now())
  const { metrics, probes } = runFiles(run.folder)
  // Few, beside the steps.
  const looks = readProbes(probes)
  let told = 0
  for (const line of soundLines(metrics)) {
    for (let next = looks[told]; next && next.step < line.step; next = looks[++told]) yield eventOfProbe(next)
    yield eventOfMetrics(line, now())
  }
  for (const each of looks.slice(told)) yield eventOfProbe(each)
}

/** A file of events for TensorBoard in the run's folder. What it holds can be made again of the run's metrics. */
export function tensorboardSink(run: RunFolder): Sink {
  const file = new EventFile(run.folder, () => history(run))
  return {
    metrics: (line) => {
      file.add(eventOfMetrics(line, now()))
    },
    probe: (line) => {
      file.add(eventOfProbe(line))
    },
    flush: () => {
      file.flush()
    },
    checkpoint: () => undefined,
    end: ({ step, finished }) => {
      file.add(ending(step, finished, now()))
      file.flush()
    },
    failed: () => undefined,
  }
}

/** What a run that is to have no such file has none of: of one that went on from an earlier step it would tell wrong. */
export function withoutTensorboard(folder: string): readonly Sink[] {
  removeEventFiles(eventFilesIn(folder))
  return []
}

/** Several as one. */
export const allOf = (sinks: readonly Sink[]): Sink => ({
  metrics: (line) => {
    for (const sink of sinks) sink.metrics(line)
  },
  probe: (line) => {
    for (const sink of sinks) sink.probe(line)
  },
  flush: () => {
    for (const sink of sinks) sink.flush()
  },
  checkpoint: (saved) => {
    for (const sink of sinks) sink.checkpoint(saved)
  },
  end: (end) => {
    for (const sink of sinks) sink.end(end)
  },
  failed: () => {
    for (const sink of sinks) sink.failed()
  },
})
