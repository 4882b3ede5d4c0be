import { runFiles } from '../../../runtime/files/run-folder.ts'
import { inRuns } from '../../bundle/signals.ts'
import { isAbsolute } from 'node:path'
import { onlyProgram } from './alignment-file.ts'
import { alignmentPart } from './alignment-part.ts'
import { alignCommand, alignedRun, commandOf, commandsOf, probeCommand, programOf } from './commands.ts'
import { layerCosts, graphCosts } from './costs.ts'
import { metricCurves } from './curves.ts'
import { filtersOf } from './filters.ts'
import { judgedParts } from './judged-parts.ts'
import { nounOf } from './noun.ts'
import { onlineParts } from './online.ts'
import { openForReport, type OpenedRun } from './opened.ts'
import type { ProbeFigures } from './probe-file.ts'
import { isAlignmentOf, isProbeOf, readAlignment, readProbe } from './results.ts'
import { settingsOf } from './settings.ts'
import type { GatherOptions } from './gather-options.ts'
import type { Missing, Run } from '../../../report/index.ts'

export interface Gathered {
  readonly opened: OpenedRun
  readonly run: Run
  /** Of its last checkpoint, where it was probed. */
  readonly probes: ProbeFigures | undefined
  /** Why its images cannot be shown; undefined where they are. */
  readonly noImages: string | undefined
}

/**
 * All that the folder of a run says of it. Parts that it cannot have, or does not have yet, are told.
 *
 * @param probed what probes found of its last checkpoint, in place of what lies in the folder
 * @throws UserError as other commands do where the folder is none of a run, or damaged
 */
export async function gatherRun(
  folder: string,
  options: GatherOptions,
  probed?: ProbeFigures,
): Promise<Gathered> {
  const opened = openForReport(folder)
  const { manifest } = opened.run.bundle
  const { program } = manifest
  const order = program.layers.map(({ name }) => name)
  const missing: Missing[] = []
  const curves = metricCurves(runFiles(folder).metrics, order)
  const probes = probed ?? probesOf(opened, missing)
  const { noImages, ...judged } = await judgedParts(opened, probes, options, missing)
  const measured = alignmentOf(opened, missing)
  const run: Run = {
    name: program.name,
    noun: nounOf(program.input),
    description: `${manifest.program.rule}, ${program.credit} credit`,
    command: commandOf(opened),
    commands: commandsOf(opened, probes, measured),
    ...(isAbsolute(folder) ? {} : { from: process.cwd() }),
    settings: settingsOf(opened),
    seconds: curves.seconds,
    imagesPerSecond: curves.imagesPerSecond,
    losses: curves.losses,
    logs: curves.logs,
    ...onlineParts(runFiles(folder).probes, order),
    alignment: measured && alignmentPart(measured.program),
    filters: filtersOf(opened),
    ...judged,
    locality: manifest.locality.map(({ reads, ...update }) => ({ ...update, reads: inRuns(reads, order) })),
    layers: layerCosts(manifest, curves.milliseconds),
    graphs: graphCosts(manifest, curves.milliseconds),
    missing,
  }
  return { opened, run, probes, noImages }
}

/** What was probed of the run's last checkpoint; of another one it would be told as this one's. */
function probesOf(
  { run: { folder, record }, step, checksum }: OpenedRun,
  missing: Missing[],
): ProbeFigures | undefined {
  const figures = readProbe(folder)
  if (figures && isProbeOf(figures, checksum))
    return { ...figures, data: figures.data === record.data ? undefined : figures.data }
  const found = figures && { of: figures.step, file: 'probe.json' }
  missing.push({ part: 'Accuracy and confusions', ...whyMissing(step, found, probeCommand(folder)) })
  return undefined
}

/** What was measured at its last checkpoint. */
function alignmentOf({ run, step, checksum }: OpenedRun, missing: Missing[]) {
  const { folder, record } = run
  const file = readAlignment(folder)
  const program = onlyProgram(file)
  if (file && program && isAlignmentOf(file, checksum)) return { file, program }
  const found = program?.checkpoint ? { of: program.checkpoint.step, file: 'alignment.json' } : undefined
  const needs = programOf(record) === undefined ? { hint: 'PROGRAM is the file of the program.' } : {}
  missing.push({
    part: 'Alignment with backpropagation',
    ...whyMissing(step, found, alignCommand(run)),
    ...(step > 0 ? { also: alignedRun(record), ...needs } : {}),
  })
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
