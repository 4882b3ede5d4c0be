import { z } from 'zod'
import { readFigures } from './probe-file.ts'
import type { Alignment, AlignmentPoint } from '../../../report/index.ts'

/** What `hebb align --json` has written. JSON has no NaN: it is null there. */
const number = z.number().nullable()
const summary = z.object({ mean: number, standardError: number })
const agreement = z.object({ cosine: summary, ratio: summary })
const schema = z.object({
  programs: z.array(
    z.object({
      checkpoint: z.object({ run: z.string(), step: z.int(), checksum: z.string().optional() }).nullable(),
      layers: z.array(agreement.extend({ layer: z.string() })),
      mean: agreement,
    }),
  ),
})

const cell = ({ mean, standardError }: z.infer<typeof summary>) => ({
  value: orNaN(mean),
  spread: orNaN(standardError),
})
const orNaN = (value: number | null): number => value ?? NaN
const point = ({ cosine, ratio }: z.infer<typeof agreement>): AlignmentPoint => ({
  cosine: cell(cosine),
  ratio: cell(ratio),
})

/** Measured alignment, and the step of the run at which it was; undefined where it was not measured. */
export interface MeasuredAlignment {
  readonly step: number
  /** Of the checkpoint; files of before have none. */
  readonly checkpoint: string | undefined
  readonly alignment: Alignment
}

/** That of a run, of a file in its folder. @throws UserError ('FileError') where the file is something else */
export function readAlignment(path: string): MeasuredAlignment | undefined {
  const [first, ...others] = readFigures(path, schema, 'hebb align --json')?.programs ?? []
  // Of several programs, nobody knows which one is the run's.
  if (!first?.checkpoint || others.length > 0) return undefined
  const { layers, mean, checkpoint } = first
  return {
    step: checkpoint.step,
    checkpoint: checkpoint.checksum,
    alignment: { layers: layers.map(({ layer, ...of }) => ({ layer, ...point(of) })), mean: point(mean) },
  }
}
