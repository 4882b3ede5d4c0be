import { isJson, tellEvent } from '../log.ts'
import { readAlignment, readProbe } from '../report/results.ts'
import { showPath } from '../user-line.ts'
import { runText } from './text.ts'
import type { RunFolder } from '../../../runtime/files/run-folder.ts'

/** What a run is told with. */
export interface Outcome {
  /** Why there are no probes. */
  readonly without: string | undefined
  readonly align: boolean
  /** Makes the page, and says where it is; undefined where none is wanted. */
  readonly makeReport: (() => Promise<string>) | undefined
}

/** Tells what a run has come to, on standard output: as tables, or as an event with the figures. */
export async function tellOutcome(run: RunFolder, { without, align, makeReport }: Outcome): Promise<void> {
  if (!isJson()) console.log(runText(run, { without, align }))
  const report = await makeReport?.()
  if (isJson()) tellEvent('info', 'judged', { ...figures(run, { without, align }), report }, process.stdout)
  else if (report !== undefined) console.log(`\nThe report: ${showPath(report)}`)
}

function figures({ folder }: RunFolder, { without, align }: Omit<Outcome, 'makeReport'>): object {
  const probed = without === undefined ? readProbe(folder) : undefined
  const programs = align ? readAlignment(folder)?.programs : undefined
  return {
    ...{ run: folder, without },
    encoders: probed?.encoders.map(({ encoder, results }) => ({
      encoder,
      results: results.map(({ probe, linear, knn, fewLabels }) => ({
        ...{ probe, linear, knn, fewLabels: fewLabels.mean },
      })),
    })),
    cosines: programs?.flatMap(({ layers }) =>
      layers.map(({ layer, cosine }) => ({ layer, cosine: cosine.mean })),
    ),
  }
}
