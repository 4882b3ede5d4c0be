import { runFiles } from '../../../runtime/files/run-folder.ts'
import { inRuns } from '../../bundle/signals.ts'
import { shellCommand } from '../shell-word.ts'
import { onlyProgram } from './alignment-file.ts'
import { alignmentPart } from './alignment-part.ts'
import { layerCosts, graphCosts } from './costs.ts'
import { metricCurves } from './curves.ts'
import { filtersOf } from './filters.ts'
import { judgedParts } from './judged-parts.ts'
import { onlineParts } from './online.ts'
import { openForReport, type OpenedRun } from './opened.ts'
import type { ProbeFigures } from './probe-file.ts'
import { reportFiles } from './report-files.ts'
import { isAlignmentOf, isProbeOf, readAlignment, readProbe } from './results.ts'
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

/** What was probed of the run's last checkpoint; of another one it would be told as this one's. */
function probesOf(
  { run: { folder, record }, step, checksum }: OpenedRun,
  missing: Missing[],
): ProbeFigures | undefined {
  const { probe } = reportFiles(folder)
  const figures = readProbe(folder)
  if (figures && isProbeOf(figures, checksum))
    return { ...figures, data: figures.data === record.data ? undefined : figures.data }
  const command = shellCommand(['hebb', 'probe', folder, '--layers', '--json', probe])
  const found = figures && { of: figures.step, file: 'probe.json' }
  missing.push({ part: 'Accuracy and confusions', ...whyMissing(step, found, command) })
  return undefined
}

function alignmentOf({ run: { folder }, step, checksum }: OpenedRun, missing: Missing[]): Run['alignment'] {
  const { alignment: path } = reportFiles(folder)
  const measured = readAlignment(folder)
  const program = onlyProgram(measured)
  if (measured && program && isAlignmentOf(measured, checksum)) return alignmentPart(program)
  const command = `hebb align PROGRAM ${shellCommand(['--checkpoint', folder, '--json', path])}`
  const found = program?.checkpoint ? { of: program.checkpoint.step, file: 'alignment.json' } : undefined
  missing.push({ part: 'Alignment with backpropagation', ...whyMissing(step, found, command) })
  return undefined
}

/** Of a run that stands at a step: why figures are not shown, and what command measures them. */
function whyMissing(
  step: number,
  found: { readonly of: number; readonly file: string } | undefined,
  command: string,
): Omit<Missing, 'part'> {
  if (step === 0) return { why: 'the run has no checkpoint yet' }
  if (!found) return { command }
  const other = found.of === step ? 'another checkpoint of that step' : `step ${found.of}`
  return { why: `${found.file} is of ${other}, the run is at step ${step}`, command }
}
