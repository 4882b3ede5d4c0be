import type { ProbeLine } from '../files/probe-line.ts'
import { readProbes } from '../files/probes.ts'
import { foundOf } from './found-metric.ts'
import type { Shown } from './logs.ts'
import { runFiles, type RunFolder } from '../files/run-files.ts'
import { wantedMetric } from '../files/wanted-metric.ts'
import { MetricMean, metricNames } from './metric.ts'
import type { Measured } from '../files/checkpoint.ts'
import type { RunRecord } from '../files/run-record.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'

/** What a checkpoint is judged by, gathered since the one before. */
export interface Score {
  readonly add: (shown: Shown) => void
  readonly found: (line: ProbeLine) => void
  /** What was gathered, which begins anew; undefined where nothing was. */
  readonly take: () => Measured | undefined
}

/** Of a run that stands at a step; undefined where no best checkpoint is sought. */
export function scoreOf(
  { folder, bundle }: RunFolder,
  { keepBest, checkpointEvery }: Pick<RunRecord, 'keepBest' | 'checkpointEvery'>,
  step: number,
): Score | undefined {
  if (keepBest === undefined) return undefined
  const after = step - (step % checkpointEvery)
  return resumedScore(keepBest, bundle.manifest, runFiles(folder), { after, step })
}

/** Of a run that stands at `step`, and whose last checkpoint that counts was of `after`. */
function resumedScore(
  wanted: string,
  manifest: Manifest,
  files: { readonly metrics: string; readonly probes: string },
  { after, step }: { readonly after: number; readonly step: number },
): Score {
  const { name } = wantedMetric(wanted)
  if (metricNames(manifest).includes(name)) {
    const mean = MetricMean.resumed(wanted, files.metrics, after, step)
    return {
      add: (shown) => {
        mean.add(shown)
      },
      found: () => undefined,
      take: () => mean.take(),
    }
  }
  let last: number | undefined
  const score: Score = {
    add: () => undefined,
    found: (line) => {
      last = foundOf(name, line) ?? last
    },
    take: () => {
      const value = last
      last = undefined
      return value === undefined ? undefined : { metric: wanted, value }
    },
  }
  for (const line of readProbes(files.probes)) if (line.step > after && line.step <= step) score.found(line)
  return score
}
