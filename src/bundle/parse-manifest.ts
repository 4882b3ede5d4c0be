import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { problemOf } from '../base/strangers.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { BUNDLE_VERSION, manifestSchema, type Manifest } from './manifest.ts'

/** What to do about a bundle that is damaged. */
export const MENDING = 'Compile it again: hebb compile PROGRAM.ts --out DIR'

/** A manifest.json of this version of the format. @throws UserError ('BundleError') that names the path, and what is wrong */
export function parseManifest(bytes: Uint8Array, path: string): Manifest {
  const fail = (problem: string, help = MENDING) =>
    new UserError('BundleError', `${path}: ${problem}`, { help })
  let value: unknown
  try {
    value = parseStrictJson(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw fail(error instanceof SyntaxError ? error.message : 'is not JSON')
  }
  // The version first: a manifest of another version may fail the schema in misleading ways.
  const head = z.object({ format: z.literal('hebb-bundle'), version: z.number() }).safeParse(value)
  if (!head.success) throw fail("is not a bundle's manifest")
  if (head.data.version > BUNDLE_VERSION)
    throw fail(
      `has format version ${head.data.version}, this hebb reads up to ${BUNDLE_VERSION}`,
      'Update hebb, or compile the program with this version.',
    )
  if (head.data.version < BUNDLE_VERSION)
    throw fail(`has format version ${head.data.version}, which is no longer read`)
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw fail(problemOf(parsed.error))
}
