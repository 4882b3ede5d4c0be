import { openRun, openRunCheckpoint, type RunFolder } from '../../../runtime/files/run-folder.ts'
import { isSharded } from '../../../runtime/train/parallel.ts'
import { showValue } from '../../lang/options/values.ts'
import { isAlignmentOf, isProbeOf, readAlignment, readProbe } from '../report/results.ts'
import type { ProbeFile } from '../report/probe-file.ts'
import { alignmentFigures, probeFigures, stepFigures, validationFigures, type Figures } from './figures.ts'

/** A run that has come to its end, and all that was measured of it. */
export interface MeasuredRun {
  readonly folder: string
  readonly program: string
  readonly identity: string
  /** The options of the program that were in force, as text. */
  readonly options: ReadonlyMap<string, string>
  readonly seed: number
  readonly steps: number
  readonly batch: number
  /** That the images of its batches were dealt to; undefined where steps were done on whole batches. */
  readonly shards?: number | undefined
  /** What it was trained on, and the SHA-256 of it. */
  readonly data: string
  readonly split: string
  readonly images: string
  /** The part of them that it was not trained on; undefined where it was trained on all. */
  readonly aside: number | undefined
  /** The weights that it started with: `the seed`, or a file, the start of its SHA-256 and the layers it gave. */
  readonly start: string
  readonly probed: ProbeFile['settings'] | undefined
  /** The images that it was probed on, where it was. */
  readonly probedOn?: string | undefined
  readonly figures: Figures
  /** What a reader of the figures should know. */
  readonly notes: readonly string[]
}

/** How far a run is that has not come to its end. */
export interface UnfinishedRun {
  readonly folder: string
  readonly step: number
  readonly steps: number
}

/** @throws UserError as `openRun`, and where figures in its folder are damaged */
export function measuredRun(folder: string): MeasuredRun | UnfinishedRun {
  const run = openRun(folder)
  const { record } = run
  const checkpoint = openRunCheckpoint(run)
  checkpoint?.close()
  if (checkpoint?.step !== record.totalSteps)
    return { folder, step: checkpoint === undefined ? 0 : checkpoint.step, steps: record.totalSteps }
  return measured(run, checkpoint.checksum)
}

export const isMeasured = (run: MeasuredRun | UnfinishedRun): run is MeasuredRun => 'figures' in run

/** Figures of another checkpoint than the last are none of the run as it is. */
function measured(run: RunFolder, checksum: string): MeasuredRun {
  const { folder, record, bundle } = run
  const { program } = bundle.manifest
  const [probe, alignment] = [readProbe(folder), readAlignment(folder)]
  const isProbed = probe !== undefined && isProbeOf(probe, checksum)
  const isAligned = alignment !== undefined && isAlignmentOf(alignment, checksum)
  const stale = (path: string, command: string) =>
    `${path} is of another checkpoint than the last, and left out: ${command} makes it again`
  return {
    ...{ folder, program: program.name, identity: record.identity, options: optionsOf(program) },
    ...{ seed: record.seed, steps: record.totalSteps, batch: bundle.manifest.train.batch },
    ...(isSharded(record) ? { shards: bundle.manifest.sharded?.shards } : {}),
    ...{ data: record.data, split: record.split, images: record.images },
    ...{ aside: record.validation, start: startOf(record) },
    ...(isProbed ? { probed: probe.settings, probedOn: probe.data } : { probed: undefined }),
    figures: new Map([
      ...(isProbed ? probeFigures(probe) : []),
      ...(isAligned ? alignmentFigures(alignment) : []),
      ...stepFigures(folder),
      ...validationFigures(run),
    ]),
    notes: [
      ...(probe && !isProbed ? [stale(`${folder}/probe.json`, 'hebb run')] : []),
      ...(probe
        ? []
        : [
            `${folder} was not probed: hebb run, or hebb probe ${folder} --layers --json ${folder}/probe.json`,
          ]),
      ...(alignment && !isAligned ? [stale(`${folder}/alignment.json`, 'hebb run --align')] : []),
    ],
  }
}

const startOf = ({ init }: RunFolder['record']): string =>
  init ? [init.weights, init.sha256.slice(0, 8), ...(init.layers ?? [])].join(' ') : 'the seed'

/** As `--set` takes them. */
const optionsOf = ({
  options = {},
}: RunFolder['bundle']['manifest']['program']): ReadonlyMap<string, string> =>
  new Map(Object.entries(options).map(([name, value]) => [name, showValue(value)]))
