import { UserError } from '../../../src/base/error.ts'
import { replaceText } from '../atomic.ts'
import { removePartials } from '../partials.ts'
import { readProbes } from '../probes.ts'
import { runFiles, type RunFolder } from '../run-files.ts'
import { gaugesOf, type Known } from './gauges.ts'
import { prometheusText } from './text.ts'
import type { Sink } from '../sinks.ts'

/** Milliseconds between two writings at least: Prometheus asks every 15 seconds or more seldom. */
const APART = 5000

export interface PrometheusOptions {
  /** Steps done before. */
  readonly from: number
  readonly onNotice: (notice: string) => void
}

/**
 * A file for node_exporter's textfile collector, which is replaced every few seconds, at each checkpoint and at the end. It
 * stays when the training ends, and says so. Where it cannot be written any more that is told once, and training goes on.
 *
 * @throws UserError ('FileError') where it cannot be written at first
 */
export function prometheusSink(path: string, run: RunFolder, { from, onNotice }: PrometheusOptions): Sink {
  const known: Known = { from }
  const probe = readProbes(runFiles(run.folder).probes).at(-1)
  if (probe) known.probe = probe
  let last = 0
  let isFailing = false
  const replace = () => {
    last = performance.now()
    replaceText(path, prometheusText(gaugesOf(run, known, Date.now() / 1000)))
  }
  const write = () => {
    try {
      replace()
      isFailing = false
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      if (!isFailing)
        onNotice(`${error.message}\n  What it says of the training is old from now on; training goes on.`)
      isFailing = true
    }
  }
  replace()
  removePartials(path)
  return {
    metrics: (line) => {
      known.metrics = line
      if (performance.now() - last >= APART) write()
    },
    probe: (line) => {
      known.probe = line
    },
    flush: () => undefined,
    checkpoint: (saved) => {
      known.saved = saved
      write()
    },
    end: (end) => {
      known.end = end
      write()
    },
    failed: () => {
      known.hasFailed = true
      write()
    },
  }
}
