import { join } from 'node:path'
import { z } from 'zod'
import { isThere } from '../src/base/file-kind.ts'
import { makeFolder } from '../src/base/make-folder.ts'
import { readTextFile } from '../src/base/regular-file.ts'
import { writeAtomically } from '../runtime/files/atomic.ts'
import { digest } from '../runtime/data/cache/digest.ts'
import { began } from '../bench/environment.ts'

/** What a measurement depends on: hashes of what is measured, and settings. */
export type Subject = Readonly<Record<string, string | number | boolean>>

export interface Remembered<Result> {
  readonly result: Result
  /** The commit that measured. */
  readonly commit: string
}

const fileSize = { largest: 1024 * 1024, what: 'a measurement' }

/**
 * Gives what was measured of the very same subject before, or measures it and writes that down. The file's name is the hash
 * of the subject, so another checkpoint, other images or other settings never find it; a file that is not as it was written
 * is measured again.
 */
export async function remembered<Result>(
  folder: string,
  subject: Subject,
  schema: z.ZodType<Result>,
  measure: () => Promise<Result>,
): Promise<Remembered<Result>> {
  const of = JSON.stringify(subject)
  const path = join(folder, `${digest(of).slice(0, 24)}.json`)
  const found = read(path, of, schema)
  if (found) return found
  const measured = { result: schema.parse(await measure()), commit: began }
  makeFolder(folder)
  const date = new Date().toISOString()
  const body = JSON.stringify({ subject, ...measured, date }, null, 2)
  writeAtomically(path, [body, '\n'])
  return measured
}

function read<Result>(path: string, of: string, schema: z.ZodType<Result>): Remembered<Result> | undefined {
  if (!isThere(path)) return undefined
  const file = z.object({ subject: z.record(z.string(), z.unknown()), result: schema, commit: z.string() })
  let value: unknown
  try {
    value = JSON.parse(readTextFile(path, fileSize))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const parsed = file.safeParse(value)
  return parsed.success && JSON.stringify(parsed.data.subject) === of ? parsed.data : undefined
}
