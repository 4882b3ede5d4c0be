import { version } from '../../../src/base/version.ts'
import type { Metrics } from '../metrics-line.ts'
import type { ProbeLine } from '../probe-line.ts'
import type { RunRecord } from '../run-record.ts'
import type { End, Saved } from '../sinks.ts'
import type { Gauge, Sample } from './text.ts'

/** What is known of a training so far. */
export interface Known {
  /** Steps done before it began, or was resumed. */
  readonly from: number
  metrics?: Metrics
  probe?: ProbeLine
  saved?: Saved
  end?: End
  /** Whether an error ended it. */
  hasFailed?: boolean
}

/** A run, as far as it is named. */
interface Told {
  readonly folder: string
  readonly record: Pick<RunRecord, 'program' | 'provider' | 'totalSteps'>
}

/** What a monitor is told of a training: all with the run's folder as a label, since a host may have several. */
export function gaugesOf({ folder, record }: Told, known: Known, now: number): readonly Gauge[] {
  const run = { run: folder }
  const { from, metrics, probe, saved, end, hasFailed = false } = known
  const gauge = (name: string, help: string, value: number | undefined): Gauge => ({
    ...{ name: `hebb_${name}`, help },
    samples: value === undefined ? [] : [{ labels: run, value }],
  })
  const of = (name: string, help: string, samples: readonly Sample[]): Gauge => ({
    ...{ name: `hebb_${name}`, help },
    samples: samples.map(({ labels, value }) => ({ labels: { ...run, ...labels }, value })),
  })
  const byLayer = (values: Readonly<Record<string, number>> = {}): Sample[] =>
    Object.entries(values).map(([layer, value]) => ({ labels: { layer }, value }))
  const { program, provider, totalSteps } = record
  const device = metrics?.device ?? provider
  return [
    of('info', 'What is trained, by which version of hebb, and where; always 1.', [
      { labels: { program, version, device }, value: 1 },
    ]),
    gauge(
      'written_timestamp_seconds',
      'When this file was written: of a process that is gone it stays.',
      now,
    ),
    gauge(
      'running',
      'Whether the training goes on: 0 once it has finished, failed or was stopped.',
      end !== undefined || hasFailed ? 0 : 1,
    ),
    gauge('failed', 'Whether an error ended the training.', hasFailed ? 1 : 0),
    gauge('finished', 'Whether all steps are done.', end?.finished === true ? 1 : 0),
    gauge('step', 'Steps done.', metrics?.step ?? from),
    gauge('steps', 'Steps of the whole run.', totalSteps),
    gauge('step_timestamp_seconds', 'When the last step was done.', metrics?.time),
    gauge('epoch', 'Epochs done before the last step.', metrics?.epoch),
    gauge('learning_rate', 'The learning rate of the last step.', metrics?.rate),
    of('loss', 'The loss of the last step, by layer.', byLayer(metrics?.losses)),
    of(
      'logged',
      'What a rule logs beside its loss, by layer and name.',
      Object.entries(metrics?.log ?? {}).flatMap(([layer, numbers]) =>
        Object.entries(numbers).map(([name, value]) => ({ labels: { layer, name }, value })),
      ),
    ),
    gauge(
      'images_per_second',
      'Images learned from, since the start or the resume.',
      metrics?.imagesPerSecond,
    ),
    gauge('step_seconds', 'What the last step took.', seconds(metrics?.milliseconds)),
    gauge('memory_bytes', 'Memory that the process holds (resident set).', metrics?.memory),
    gauge('checkpoint_step', 'Steps that the last checkpoint written knows of.', saved?.step),
    gauge('checkpoint_timestamp_seconds', 'When the last checkpoint was there.', saved?.time),
    gauge(
      'checkpoint_write_seconds',
      'What it took to write the last checkpoint.',
      seconds(saved?.milliseconds),
    ),
    gauge('checkpoint_bytes', 'The size of the last checkpoint.', saved?.bytes),
    gauge('probe_step', 'The step after which the network was last looked at.', probe?.step),
    of('probe_accuracy', 'What the last probe found, by layer and classifier, in 0..1.', accuracies(probe)),
    of('validation_loss', 'The loss on images set aside, by layer.', byLayer(probe?.validation?.losses)),
  ]
}

const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000

function accuracies({ layers = {}, all }: Partial<ProbeLine> = {}): Sample[] {
  // No layer is called so: names have no blanks.
  const found = [...Object.entries(layers), ...(all ? [['all layers', all] as const] : [])]
  return found.flatMap(([layer, { linear, knn }]) => [
    { labels: { layer, classifier: 'linear' }, value: linear },
    { labels: { layer, classifier: 'knn' }, value: knn },
  ])
}
