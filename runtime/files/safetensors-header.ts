import { z } from 'zod'
import type { DType } from '../../src/base/dtype.ts'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { parseStrictJson } from '../../src/base/strict-json.ts'
import { bytesOfShape } from '../../src/base/type.ts'
import { formatOf, saveAsSafetensors } from './other-formats.ts'
import { codes, storedTypes, types, type StoredType } from './stored-types.ts'
import { bytesPerElement, elements } from '../values/tensor.ts'
import type { HostTensor } from '../values/tensor.ts'

/** One tensor as the header describes it; offsets count bytes from the end of the header. */
export interface TensorEntry<T extends StoredType = DType> {
  readonly name: string
  readonly type: T
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface Header<T extends StoredType = DType> {
  /** In the order of the data. */
  readonly entries: readonly TensorEntry<T>[]
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Far more than checkpoints need, of which each tensor takes some hundreds of bytes. The format itself allows 100 MB,
 * which take seconds and much memory to read.
 */
const LARGEST_HEADER = 16 * 1024 * 1024
const MOST_TENSORS = 20_000
const MOST_AXES = 32

const METADATA = '__metadata__'
/** Lists are measured before they are looked into: of a million wrong elements, zod tells a million times. */
const shortList = (most: number) =>
  z.custom<unknown[]>(
    (value) => Array.isArray(value) && value.length <= most,
    `is not a list of at most ${most}`,
  )

const headerSchema = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Invalid input: not an object',
)
const metadataSchema = headerSchema
  .refine((metadata) => Object.keys(metadata).length <= MOST_TENSORS, 'holds too much')
  .pipe(z.record(z.string(), z.string()))
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: shortList(MOST_AXES).pipe(z.array(z.int().nonnegative())),
  data_offsets: shortList(2).pipe(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
})

const refuse = (path: string, problem: string): UserError =>
  new UserError('FileError', `${path} is not a sound safetensors file: ${problem}`, {
    help: 'It is damaged, or of another format: write or copy it again.',
  })

const parseAs = <T>(schema: z.ZodType<T>, value: unknown, path: string, where: string): T => {
  const result = schema.safeParse(value)
  if (!result.success) {
    const problems = result.error.issues.slice(0, 3).map((issue) => [...issue.path, issue.message].join(': '))
    throw refuse(path, shown(`${where}: ${problems.join('; ')}`, 500))
  }
  return result.data
}

const parseJson = (bytes: Uint8Array, path: string): unknown => {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw refuse(path, `its header ${error instanceof SyntaxError ? error.message : 'is not JSON'}`)
  }
}

function parseEntry<T extends StoredType>(
  name: string,
  value: unknown,
  types: ReadonlyMap<string, T>,
  path: string,
): TensorEntry<T> {
  const tensor = `tensor '${shown(name)}'`
  const { dtype, shape, data_offsets } = parseAs(entrySchema, value, path, tensor)
  const type = types.get(dtype)
  if (type === undefined) {
    throw refuse(
      path,
      `${tensor} has the type ${shown(dtype)}, and only ${[...types.keys()].join(', ')} are read`,
    )
  }
  const [begin, end] = data_offsets
  const wanted = bytesOfShape(type === 'bfloat16' ? 'float16' : type, shape)
  if (end - begin !== wanted) {
    throw refuse(path, `${tensor} ${dtype} [${shape}] needs ${wanted} bytes and has ${end - begin}`)
  }
  return { name, type, shape, begin, end }
}

/**
 * Reads the JSON header; `dataBytes` is what follows it in the file. Every byte of the data must belong to
 * exactly one tensor. Throws a UserError of kind FileError that names the path.
 */
export const parseHeader = (bytes: Uint8Array, dataBytes: number, path: string): Header =>
  parseHeaderOf(bytes, dataBytes, path, types)

/** The same of a file that others wrote, whose tensors may be bfloat16, too. */
export const parseForeignHeader = (bytes: Uint8Array, dataBytes: number, path: string): Header<StoredType> =>
  parseHeaderOf(bytes, dataBytes, path, storedTypes)

function parseHeaderOf<T extends StoredType>(
  bytes: Uint8Array,
  dataBytes: number,
  path: string,
  types: ReadonlyMap<string, T>,
): Header<T> {
  const header = Object.entries(parseAs(headerSchema, parseJson(bytes, path), path, 'header')) as [
    string,
    unknown,
  ][]
  if (header.length > MOST_TENSORS)
    throw refuse(path, `it names ${header.length} tensors, and checkpoints hold at most ${MOST_TENSORS}`)
  const metadata = new Map(header).get(METADATA) ?? {}
  const entries = header
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(name, value, types, path))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  let position = 0
  for (const entry of entries) {
    const { begin, end } = entry
    const name = shown(entry.name)
    if (begin < position) throw refuse(path, `tensor '${name}' overlaps the one before it`)
    if (begin > position)
      throw refuse(path, `the ${begin - position} bytes before tensor '${name}' are no tensor's`)
    if (end > dataBytes)
      throw refuse(path, `tensor '${name}' ends at byte ${end} of ${dataBytes}: it is cut short`)
    position = end
  }
  if (position < dataBytes) throw refuse(path, `the last ${dataBytes - position} bytes are no tensor's`)
  return { entries, metadata: parseAs(metadataSchema, metadata, path, METADATA) }
}

/** The length at the start of the file, in bytes, if it can be true of a file of `fileBytes`. */
export const parseHeaderLength = (start: Uint8Array, fileBytes: number, path: string): number => {
  if (fileBytes < 8)
    throw refuse(path, `it holds ${fileBytes} bytes, fewer than the 8 that every such file starts with`)
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true)
  // Of a sound file the first bytes are a length, which may look like the start of another format.
  const format = length > BigInt(Math.min(fileBytes - 8, LARGEST_HEADER)) ? formatOf(start) : undefined
  if (format !== undefined)
    throw new UserError('FileError', `${path} is ${format}, not a safetensors file`, {
      help: saveAsSafetensors,
    })
  if (length > BigInt(fileBytes - 8))
    throw refuse(
      path,
      `it announces a header of ${length.toString()} bytes, and ${fileBytes - 8} bytes follow`,
    )
  if (length > BigInt(LARGEST_HEADER))
    throw refuse(
      path,
      `it announces a header of ${length.toString()} bytes, and checkpoints need at most ${LARGEST_HEADER}`,
    )
  return Number(length)
}

/** The start of a file: the header's length and the header, padded so that the data begin at 8 bytes. */
export const encodeHeader = (
  tensors: readonly (readonly [string, HostTensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array => {
  const header = new Map<string, unknown>()
  if (Object.keys(metadata).length > 0) header.set(METADATA, metadata)
  let position = 0
  for (const [name, { type, shape, data }] of tensors) {
    if (name === METADATA || header.has(name)) throw new Error(`tensor name '${name}' is taken`)
    if (data.length !== elements(shape) || data.BYTES_PER_ELEMENT !== bytesPerElement[type]) {
      throw new Error(`tensor '${name}': data do not fit ${type} [${shape}]`)
    }
    header.set(name, { dtype: codes[type], shape, data_offsets: [position, position + data.byteLength] })
    position += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  return bytes
}
