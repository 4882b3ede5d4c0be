import { z } from 'zod'
import { listOf } from '../../base/strangers.ts'
import { readFigures } from './probe-file.ts'

/** What `hebb align --json` has written. JSON has no NaN, as the error of one batch is: it is null there. */
const number = z.number().nullable()
const summary = z.object({ mean: number, standardError: number })
const agreement = z.object({ cosine: summary, ratio: summary })
const program = z.object({
  /** The program's file, as it was named. */
  path: z.string().optional(),
  /** The checkpoint of a run at which it was measured, its step and its checksum. */
  checkpoint: z.object({ step: z.int(), checksum: z.string().optional() }).nullable(),
  layers: listOf(
    agreement.extend({
      layer: z.string(),
      byConstruction: z.boolean().optional(),
      notes: listOf(z.string()).optional(),
    }),
  ),
  mean: agreement,
  meanOfOthers: agreement.nullable(),
})
const schema = z.object({
  ...{ data: z.string(), batches: z.number(), seed: z.number() },
  programs: listOf(program),
})

/** All that is read of it. */
export type AlignmentFile = z.infer<typeof schema>
export type MeasuredProgram = z.infer<typeof program>
export type Agreement = z.infer<typeof agreement>

/** @throws UserError ('FileError') where the file is something else */
export const readAlignmentFile = (path: string): AlignmentFile | undefined =>
  readFigures(path, schema, 'hebb align --json')

/** The program that was measured; of several nobody knows which one is the run's. */
export function onlyProgram(file: AlignmentFile | undefined): MeasuredProgram | undefined {
  const [first, ...others] = file?.programs ?? []
  return others.length === 0 ? first : undefined
}
