import { z } from 'zod'
import { reportFiles } from '../report/report-files.ts'
import { readFigures, readProbeFigures, type ProbeFile } from '../report/probe-file.ts'

// Of one batch there is no standard error, which JSON has as null.
const summary = z.object({ mean: z.number().nullable(), standardError: z.number().nullable() })
const agreement = z.object({ cosine: summary, ratio: summary })
const alignmentSchema = z.object({
  ...{ data: z.string(), batches: z.number(), seed: z.number() },
  programs: z.array(
    z.object({
      checkpoint: z.object({ step: z.number(), checksum: z.string().optional() }).nullable(),
      layers: z.array(z.object({ layer: z.string(), ...agreement.shape })),
      ...{ mean: agreement, meanOfOthers: agreement.nullable() },
    }),
  ),
})
/** What `hebb align --json` writes, as far as it is read again. */
export type AlignmentFile = z.infer<typeof alignmentSchema>

/** What a run knows, by its probes; undefined where it was not asked. @throws UserError ('FileError') */
export const readProbe = (folder: string): ProbeFile | undefined =>
  readProbeFigures(reportFiles(folder).probe)

/** How far its updates are backpropagation's; undefined where it was not asked. @throws UserError ('FileError') */
export const readAlignment = (folder: string): AlignmentFile | undefined =>
  readFigures(reportFiles(folder).alignment, alignmentSchema, 'hebb align --json')
