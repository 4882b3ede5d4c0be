import { z } from 'zod'
import { listOf, numberList, parseJsonAs } from '../../base/strangers.ts'
import { isThere } from '../../base/file-kind.ts'
import { UserError } from '../../base/error.ts'
import { readTextFile } from '../../base/regular-file.ts'
import type { ProbeResult } from '../../../runtime/probe/probe.ts'
import type { ProbedEncoder } from '../probe-table.ts'

/** What `hebb probe --json` has written. */

const repeated = z.object({ mean: z.number(), values: numberList })
const result = z.object({
  probe: z.string(),
  dimension: z.number(),
  knn: z.number(),
  linear: z.number(),
  course: z.object({ steps: z.number(), fall: z.number() }).optional(),
  confusion: listOf(numberList).optional(),
  fewLabels: repeated,
})
const schema = z.object({
  program: z.string(),
  /** The images, as the record of a run has them. */
  data: z.string(),
  /** The checksum of the checkpoint, where it is of a run. */
  checkpoint: z.string().optional(),
  step: z.int().nonnegative(),
  totalSteps: z.int().nonnegative(),
  settings: z.object({
    k: z.int(),
    labels: z.int(),
    epochs: z.int(),
    seed: z.int(),
    average: z.boolean().default(false),
    validation: z.number().optional(),
    crops: z.number().optional(),
  }),
  encoders: listOf(
    z.object({
      encoder: z.enum([
        'none',
        'untrained',
        'given',
        'trained',
        'averaged',
      ] satisfies ProbedEncoder['encoder'][]),
      results: listOf(result),
    }),
  ),
})

/** All that is read of it. */
export type ProbeFile = z.infer<typeof schema>

/** What one probe found; what each class is taken for is left out of very many classes. */
export type Result = Omit<ProbeResult, 'confusion' | 'folds' | 'course'> & {
  readonly course?: ProbeResult['course'] | undefined
  readonly confusion?: ProbeResult['confusion'] | undefined
}
export interface ProbeFigures {
  /** Of the checkpoint that was probed. */
  readonly step: number
  /** The images, where they are not those that the run was trained on. */
  readonly data?: string | undefined
  readonly settings: Omit<z.infer<typeof schema>['settings'], 'average'> & { readonly average?: boolean }
  readonly encoders: readonly {
    readonly encoder: ProbedEncoder['encoder']
    readonly results: readonly Result[]
  }[]
}

/** Of all layers of a thousand classes, tens of megabytes. */
export const figuresSize = { largest: 256 * 1024 * 1024, what: 'figures' }
export const MOST_VALUES = 20_000_000

/**
 * The JSON of a file that a command of hebb has written; undefined where there is none.
 *
 * @throws UserError ('FileError') where it is something else
 */
export function readFigures<Figures>(
  path: string,
  as: z.ZodType<Figures>,
  command: string,
): Figures | undefined {
  if (!isThere(path)) return undefined
  const text = readTextFile(path, figuresSize)
  try {
    return parseJsonAs(text, as, MOST_VALUES)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const problem = error.message.replace(/^is /, 'it is ')
    throw new UserError('FileError', `${path} is not what ${command} writes: ${problem}`, {
      help: `Write it again with ${command}, or move it away.`,
    })
  }
}

export const readProbeFigures = (path: string): ProbeFile | undefined =>
  readFigures(path, schema, 'hebb probe --json')
