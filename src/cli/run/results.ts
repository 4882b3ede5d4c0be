import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../base/error.ts'
import { isThere } from '../../base/file-kind.ts'
import { readTextFile } from '../../base/regular-file.ts'
import { parseStrictJson } from '../../base/strict-json.ts'

/** What `hebb run` leaves in the folder of a run, beside what `hebb train` does. */
export const resultFiles = (folder: string) => ({
  probe: join(folder, 'probe.json'),
  alignment: join(folder, 'alignment.json'),
})

const repeated = z.object({ mean: z.number(), values: z.array(z.number()) })
const probeSchema = z.object({
  /** The checksum of the checkpoint; files of before have none. */
  checkpoint: z.string().optional(),
  ...{ program: z.string(), data: z.string(), step: z.number(), totalSteps: z.number() },
  encoders: z.array(
    z.object({
      encoder: z.enum(['none', 'untrained', 'given', 'trained', 'averaged']),
      results: z.array(
        z.object({
          ...{ probe: z.string(), dimension: z.number() },
          ...{ knn: z.number(), linear: z.number(), fewLabels: repeated, folds: repeated.optional() },
        }),
      ),
    }),
  ),
  settings: z.object({
    ...{ k: z.number(), labels: z.number(), epochs: z.number(), seed: z.number() },
    validation: z.number().optional(),
  }),
})
/** What `hebb probe --json` writes, as far as it is read again. */
export type ProbeFile = z.infer<typeof probeSchema>

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

const size = { largest: 256 * 1024 * 1024, what: 'figures' }

/** Undefined where there is no file. @throws UserError ('FileError') where it is something else */
function read<File>(path: string, schema: z.ZodType<File>, command: string): File | undefined {
  if (!isThere(path)) return undefined
  const fail = (problem: string) =>
    new UserError('FileError', `${path} is not what ${command} writes: ${problem}`, {
      help: 'Remove it, or move it elsewhere: the command makes it again.',
    })
  const text = readTextFile(path, size)
  let value: unknown
  try {
    value = parseStrictJson(text)
  } catch (error) {
    throw fail(`it ${error instanceof SyntaxError ? error.message : String(error)}`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw fail([issue?.path.join('.'), issue?.message].join(' ').trim())
}

/** What a run knows, by its probes; undefined where it was not asked. @throws UserError ('FileError') */
export const readProbe = (folder: string): ProbeFile | undefined =>
  read(resultFiles(folder).probe, probeSchema, 'hebb probe --json')

/** How far its updates are backpropagation's; undefined where it was not asked. @throws UserError ('FileError') */
export const readAlignment = (folder: string): AlignmentFile | undefined =>
  read(resultFiles(folder).alignment, alignmentSchema, 'hebb align --json')
