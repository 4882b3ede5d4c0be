import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { findData } from '../../../runtime/data/open.ts'
import { openTrained } from '../../../runtime/files/trained.ts'
import { isThere, stampOf } from '../../base/file-kind.ts'
import { jsonText } from '../../base/printable.ts'
import { programFigures } from '../align-figures.ts'
import { alignDefaults, measurePrograms, preparePrograms, type AlignFlags } from '../align-measure.ts'
import { interruptible } from '../interrupt.ts'
import {
  probeJson,
  probeTrained,
  settingsOf,
  type ProbeFigures,
  type ProbeSettings,
} from '../probe-trained.ts'
import { reportFiles } from '../report/report-files.ts'
import { reportOf } from '../report/report-of.ts'
import { isAlignmentOf, isProbeOf, readAlignment, readProbe } from '../report/results.ts'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import type { Finished } from './train-run.ts'
import type { GatherOptions } from '../report/gather-options.ts'

/** What is asked of a run that has come to its end; an answer that is there already is kept. */

/** Whether the figures that are there are those of this checkpoint, of all layers, by these settings. */
function isProbed({ run, checkpoint }: Finished, wanted: ProbeFigures['settings']): boolean {
  const found = readProbe(run.folder)
  if (!found || !isProbeOf(found, checkpoint)) return false
  const names = ['k', 'labels', 'epochs', 'seed', 'validation', 'crops'] as const
  if (names.some((name) => found.settings[name] !== wanted[name])) return false
  const results = found.encoders.flatMap(({ encoder, results }) => (encoder === 'trained' ? results : []))
  const probes = new Set(results.map(({ probe }) => probe))
  return run.bundle.manifest.probes.every(({ name }) => name === 'pixels' || probes.has(name))
}

/** Probes every layer, into `probe.json`. @throws UserError as `hebb probe` */
export async function probeRun(finished: Finished, settings: ProbeSettings): Promise<void> {
  if (isProbed(finished, settingsOf(settings))) return
  const { folder } = finished.run
  const figures = await probeTrained(openTrained(folder), settings)
  writeAtomically(reportFiles(folder).probe, [probeJson(figures)])
}

/** How the updates of a program are measured at the checkpoint of its run. */
export type AlignSettings = Omit<AlignFlags, 'checkpoint' | 'average' | 'projectionRate' | 'trainProjections'>

function isAligned({ run, checkpoint }: Finished, { batches, seed }: AlignSettings): boolean {
  const found = readAlignment(run.folder)
  return (
    found !== undefined &&
    isAlignmentOf(found, checkpoint) &&
    found.batches === batches &&
    found.seed === seed
  )
}

/** Measures alignment, into `alignment.json`; false where it was stopped. @throws UserError as `hebb align` */
export async function alignRun(
  finished: Finished,
  program: string,
  settings: AlignSettings,
): Promise<boolean> {
  if (isAligned(finished, settings)) return true
  const { folder } = finished.run
  const { projectionRate } = alignDefaults
  const flags: AlignFlags = { ...settings, checkpoint: [folder], average: false, projectionRate }
  const prepared = await preparePrograms([program], flags)
  const measured = await interruptible(
    'Stopping after this batch. The same command goes on.',
    (signal) => measurePrograms(prepared, flags, signal),
    (programs) => programs === undefined,
  )
  if (!measured) return false
  const { data, batches, seed } = settings
  const figures = { data, batches, seed, projections: null, programs: programFigures(measured) }
  writeAtomically(reportFiles(folder).alignment, [`${jsonText(figures)}\n`])
  return true
}

/** Whether the page was written after all that it is made of. */
function isReported(folder: string): boolean {
  const { page, ...figures } = reportFiles(folder)
  const { checkpoint, metrics } = runFiles(folder)
  const sources = [...Object.values(figures), checkpoint, metrics].filter(isThere)
  return isThere(page) && sources.every((path) => stampOf(path).modified <= stampOf(page).modified)
}

/**
 * Writes the run's page, unless it is there. Images that lie elsewhere now may not be on it: it is written again.
 *
 * @returns its path
 * @throws UserError as `hebb report`
 */
export async function reportRun(
  { run: { folder, record } }: Finished,
  { data, ...session }: GatherOptions & { readonly data: string },
): Promise<string> {
  const { spec } = await findData(data)
  if (spec === record.data && isReported(folder)) return reportFiles(folder).page
  return reportOf(folder, { ...session, data: spec })
}
