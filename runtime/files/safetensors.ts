import { closeSync } from 'node:fs'
import { writeAtomically } from './atomic.ts'
import { openRegularFile, readFully, sizeOf } from '../../src/base/regular-file.ts'
import { encodeHeader, parseForeignHeader, parseHeader, parseHeaderLength } from './safetensors-header.ts'
import type { Header } from './safetensors-header.ts'
import type { StoredType } from './stored-types.ts'
import { allocate, bytesOf } from '../values/tensor.ts'
import type { DType } from '../../src/base/dtype.ts'
import type { HostTensor, TypedData } from '../values/tensor.ts'

/**
 * Safetensors: the length of a header (8 bytes, little-endian), the header as JSON, then the bytes of all
 * tensors without gaps, little-endian. https://huggingface.co/docs/safetensors
 */
export interface Safetensors {
  /** In the order of the file, each in memory of its own. */
  readonly tensors: Map<string, HostTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** A file whose tensors are read one by one. */
export interface OpenSafetensors<T extends StoredType = DType> {
  /** In the order of the file. */
  readonly entries: Header<T>['entries']
  readonly metadata: Safetensors['metadata']
  /** Reads the tensor of this name into memory of its type and size; false where there is none. */
  readonly fill: (name: string, data: TypedData) => boolean
  readonly close: () => void
}

/** Opens a file and checks all but the numbers in it. Throws a UserError of kind FileError that names the path. */
export const openSafetensors = (path: string): OpenSafetensors => opened(path, parseHeader)

/** The same of a file that others wrote: of tensors in bfloat16 `fill` gives the bits. */
export const openForeign = (path: string): OpenSafetensors<StoredType> => opened(path, parseForeignHeader)

type Parse<T extends StoredType> = (bytes: Uint8Array, dataBytes: number, path: string) => Header<T>

function opened<T extends StoredType>(path: string, parse: Parse<T>): OpenSafetensors<T> {
  const file = openRegularFile(path)
  const close = () => {
    closeSync(file)
  }
  try {
    return { ...tensorsIn(file, path, parse), close }
  } catch (error) {
    close()
    throw error
  }
}

/** The same of a file that is open already, in this thread or in another one of the process, and stays so. */
export const safetensorsIn = (file: number, path: string): Omit<OpenSafetensors, 'close'> =>
  tensorsIn(file, path, parseHeader)

function tensorsIn<T extends StoredType>(
  file: number,
  path: string,
  parse: Parse<T>,
): Omit<OpenSafetensors<T>, 'close'> {
  const { entries, metadata, dataStart } = readHeader(file, path, parse)
  const places = new Map(entries.map((entry) => [entry.name, entry]))
  const fill = (name: string, data: TypedData): boolean => {
    const entry = places.get(name)
    if (!entry) return false
    if (data.byteLength !== entry.end - entry.begin)
      throw new Error(`${name} does not fit into ${data.byteLength} bytes`)
    readFully(file, bytesOf(data), dataStart + entry.begin, path)
    return true
  }
  return { entries, metadata, fill }
}

function readHeader<T extends StoredType>(
  file: number,
  path: string,
  parse: Parse<T>,
): Header<T> & { readonly dataStart: number } {
  const fileBytes = sizeOf(file)
  const start = new Uint8Array(8)
  readFully(file, start.subarray(0, Math.min(8, fileBytes)), 0, path)
  const headerBytes = new Uint8Array(parseHeaderLength(start, fileBytes, path))
  readFully(file, headerBytes, 8, path)
  const dataStart = 8 + headerBytes.length
  return { ...parse(headerBytes, fileBytes - dataStart, path), dataStart }
}

/** Reads and checks a whole file. Throws a UserError of kind FileError that names the path. */
export const readSafetensors = (path: string): Safetensors =>
  withSafetensors(path, ({ entries, metadata, fill }) => {
    const tensors = entries.map(({ name, type, shape }) => {
      const tensor = allocate(type, shape)
      fill(name, tensor.data)
      return [name, tensor] as const
    })
    return { tensors: new Map(tensors), metadata }
  })

/** Opens a file for as long as `use` runs. */
export function withSafetensors<Result>(path: string, use: (file: OpenSafetensors) => Result): Result {
  const file = openSafetensors(path)
  try {
    return use(file)
  } finally {
    file.close()
  }
}

/**
 * Writes tensors in the given order, atomically, straight from their own memory.
 * Throws a UserError of kind FileError; the old file then stays as it was.
 */
export const writeSafetensors = (
  path: string,
  tensors: Iterable<readonly [string, HostTensor]>,
  metadata: Readonly<Record<string, string>> = {},
  allow?: () => void,
): void => {
  const list = [...tensors]
  writeAtomically(path, [encodeHeader(list, metadata), ...list.map(([, { data }]) => bytesOf(data))], allow)
}
