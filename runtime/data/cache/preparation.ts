import { z } from 'zod'
import { listOf } from '../../../src/base/strangers.ts'
import type { Dataset, Rows } from '../dataset.ts'

/** What is decoded once, and what is kept of it. */

/** A row as it was decoded, or why there is none. */
export type Decoded =
  { readonly row: Rows; readonly label?: number | undefined } | { readonly leftOut: string }

/** How rows are made that are worth keeping for all runs. */
export interface Preparation extends Pick<Dataset, 'name' | 'shape' | 'type' | 'classes' | 'classNames'> {
  /** SHA-256 of the content of all that is decoded and of how. */
  readonly key: string
  /** How many rows there will be, for the progress. */
  readonly total: number
  /** What is decoded, such as the path of an archive. */
  readonly what: string
  readonly rows: () => AsyncIterable<Decoded> | Iterable<Decoded>
  /** Asked when all rows were read, where the names of the classes come with them. */
  readonly namesRead?: () => readonly string[]
}

export const preparedSchema = z.strictObject({
  format: z.literal('hebb-prepared'),
  version: z.literal(1),
  name: z.string(),
  count: z.int().positive(),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  type: z.enum(['uint8', 'float32']),
  classes: z.int().positive().optional(),
  classNames: listOf(z.string()).optional(),
  /** Whether a label of four bytes per row follows the rows. */
  labelled: z.boolean(),
  leftOut: listOf(z.string()),
  /** SHA-256 of rows and labels. */
  content: z.string().regex(/^[0-9a-f]{64}$/),
})
export type PreparedRecord = z.infer<typeof preparedSchema>
