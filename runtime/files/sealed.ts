import { createHash } from 'node:crypto'
import { z } from 'zod'
import { recordOf } from '../../src/base/strangers.ts'
import { UserError } from '../../src/base/error.ts'
import { parseStrictJson } from '../../src/base/strict-json.ts'
import { safetensorsIn, type OpenSafetensors } from './safetensors.ts'
import { bytesOf, type HostTensor, type TypedData } from '../values/tensor.ts'
import type { Header } from './safetensors-header.ts'

/**
 * Checksums of a safetensors file, in its metadata: `tensors` holds the SHA-256 of each tensor's bytes by name, and
 * `sha256` that of all else the header says. So that each tensor can be read, and checked, alone.
 */

type Metadata = Header['metadata']
type Described = Pick<Header['entries'][number], 'name' | 'type' | 'shape'>

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** Of names, types, shapes and metadata, in whatever order they stand. */
const ofHeader = (tensors: readonly Described[], metadata: Metadata): string =>
  sha256(
    JSON.stringify([
      Object.entries(metadata)
        .filter(([name]) => name !== 'sha256')
        .sort(([a], [b]) => (a < b ? -1 : 1)),
      tensors
        .map(({ name, type, shape }) => [name, type, shape] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  )

/** The metadata with checksums of these tensors. */
export function sealed(tensors: readonly (readonly [string, HostTensor])[], metadata: Metadata): Metadata {
  const sums = tensors.map(([name, { data }]) => [name, sha256(bytesOf(data))] as const)
  const all = { ...metadata, tensors: JSON.stringify(Object.fromEntries(sums)) }
  const described = tensors.map(([name, { type, shape }]) => ({ name, type, shape }))
  return { ...all, sha256: ofHeader(described, all) }
}

type OpenFile = Omit<OpenSafetensors, 'close'>

const sumsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return parseStrictJson(text)
    } catch {
      context.addIssue('is not JSON')
      return z.NEVER
    }
  })
  .pipe(recordOf(z.string()))

/**
 * Checks the checksums of a file that stays open: that of its header now, those of tensors as they are read.
 *
 * @throws UserError ('FileError') where a checksum is missing or differs.
 */
export function checkSealed({ entries, metadata, fill }: OpenFile, path: string): OpenFile {
  const refuse = (problem: string) =>
    new UserError('FileError', `${path} ${problem}`, {
      help: 'It is damaged, or of an earlier version of hebb: use another copy, or remove it and begin again at step 1.',
    })
  if (metadata.sha256 === undefined) throw refuse('carries no checksums')
  if (metadata.sha256 !== ofHeader(entries, metadata))
    throw refuse('is not as it was written: the checksum of its header differs')
  const listed = sumsSchema.safeParse(metadata.tensors)
  if (!listed.success) throw refuse('carries no checksums of its tensors')
  const sums = new Map(Object.entries(listed.data))
  const checked = (name: string, data: TypedData): boolean => {
    const found = fill(name, data)
    if (found && sums.get(name) !== sha256(bytesOf(data)))
      throw refuse(`is not as it was written: the checksum of '${name}' differs`)
    return found
  }
  return { entries, metadata, fill: checked }
}

/** The same of a descriptor. @throws as `checkSealed` */
export const sealedIn = (file: number, path: string): OpenFile => checkSealed(safetensorsIn(file, path), path)
