import { runFiles } from '../../../runtime/files/run-folder.ts'
import { inRuns } from '../../bundle/signals.ts'
import { shellCommand } from '../shell-word.ts'
import { readAlignment } from './alignment-file.ts'
import { layerCosts, graphCosts } from './costs.ts'
import { metricCurves } from './curves.ts'
import { filtersOf } from './filters.ts'
import { judgedParts } from './judged-parts.ts'
import { onlineParts } from './online.ts'
import { openForReport, type OpenedRun } from './opened.ts'
import { readProbeFigures, type ProbeFigures } from './probe-file.ts'
import { reportFiles } from './report-files.ts'
import { commandOf, settingsOf } from './settings.ts'
import type { SessionOptions } from '../../../runtime/session/provider.ts'
import type { Missing, Run } from '../../../report/index.ts'

export interface Gathered {
  readonly opened: OpenedRun
  readonly run: Run
  /** Of its last checkpoint, where it was probed. */
  readonly probes: ProbeFigures | undefined
}

/**
 * All that the folder of a run says of it. Parts that it cannot have, or does not have yet, are told.
 *
 * @param probed what probes found of its last checkpoint, in place of what lies in the folder
 * @throws UserError as other commands do where the folder is none of a run, or damaged
 */
export async function gatherRun(
  folder: string,
  session: SessionOptions,
  probed?: ProbeFigures,
): Promise<Gathered> {
  const opened = openForReport(folder)
  const { manifest } = opened.run.bundle
  const { program } = manifest
  const order = program.layers.map(({ name }) => name)
  const missing: Missing[] = []
  const curves = metricCurves(runFiles(folder).metrics, order)
  const probes = probed ?? probesOf(opened, missing)
  const judged = await judgedParts(opened, probes, session, missing)
  const run: Run = {
    name: program.name,
    description: `${manifest.program.rule}, ${program.credit} credit`,
    command: commandOf(opened),
    settings: settingsOf(opened),
    seconds: curves.seconds,
    imagesPerSecond: curves.imagesPerSecond,
    losses: curves.losses,
    logs: curves.logs,
    ...onlineParts(runFiles(folder).probes, order),
    alignment: alignmentOf(opened, missing),
    filters: filtersOf(opened),
    ...judged,
    locality: manifest.locality.map(({ reads, ...update }) => ({ ...update, reads: inRuns(reads, order) })),
    layers: layerCosts(manifest, curves.milliseconds),
    graphs: graphCosts(manifest, curves.milliseconds),
    missing,
  }
  return { opened, run, probes }
}

/** What was measured of a checkpoint; files of before do not say its checksum. */
interface OfCheckpoint {
  readonly step: number
  readonly checkpoint?: string | undefined
}

const isOf = ({ step, checksum }: OpenedRun, measured: OfCheckpoint): boolean =>
  measured.step === step && (measured.checkpoint === undefined || measured.checkpoint === checksum)

const otherThan = ({ step }: OpenedRun, measured: OfCheckpoint): string =>
  measured.step === step
    ? `another checkpoint of step ${step} than the run's`
    : `step ${measured.step}, the run is at step ${step}`

/** What was probed of the run's last checkpoint; of another one it would be told as this one's. */
function probesOf(opened: OpenedRun, missing: Missing[]): ProbeFigures | undefined {
  const { run, step } = opened
  const { folder, record } = run
  const { probe } = reportFiles(folder)
  const part = 'Accuracy and confusions'
  const command = shellCommand(['hebb', 'probe', folder, '--layers', '--json', probe])
  const figures = readProbeFigures(probe)
  if (figures && isOf(opened, figures))
    return { ...figures, data: figures.data === record.data ? undefined : figures.data }
  if (step === 0) missing.push({ part, why: 'the run has no checkpoint yet' })
  else if (figures) missing.push({ part, why: `probe.json is of ${otherThan(opened, figures)}`, command })
  else missing.push({ part, command })
  return undefined
}

function alignmentOf(opened: OpenedRun, missing: Missing[]): Run['alignment'] {
  const { run, step } = opened
  const { folder } = run
  const { alignment: path } = reportFiles(folder)
  const part = 'Alignment with backpropagation'
  const measured = readAlignment(path)
  if (measured && isOf(opened, measured)) return measured.alignment
  const command = `hebb align PROGRAM ${shellCommand(['--checkpoint', folder, '--json', path])}`
  if (step === 0) missing.push({ part, why: 'the run has no checkpoint yet' })
  else if (measured)
    missing.push({ part, why: `alignment.json is of ${otherThan(opened, measured)}`, command })
  else missing.push({ part, command })
  return undefined
}
