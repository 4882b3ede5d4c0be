import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { writeAtomically } from './atomic.ts'
import { fileError } from './file-error.ts'
import { encodeHeader, parseHeader, parseHeaderLength } from './safetensors-header.ts'
import { allocate, bytesOf } from './tensor.ts'
import type { HostTensor } from './tensor.ts'

/**
 * Safetensors: the length of a header (8 bytes, little-endian), the header as JSON, then the bytes of all
 * tensors without gaps, little-endian. https://huggingface.co/docs/safetensors
 */
export interface Safetensors {
  /** In the order of the file, each in memory of its own. */
  readonly tensors: Map<string, HostTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** One system call reads at most 2 GB. */
const LARGEST_READ = 64 * 1024 * 1024

const readFully = (file: number, bytes: Uint8Array, position: number): void => {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, Math.min(bytes.length - done, LARGEST_READ), position + done)
    if (read === 0) throw new Error('the file became shorter while it was read')
    done += read
  }
}

const readOpened = (file: number, path: string): Safetensors => {
  const fileBytes = fstatSync(file).size
  const start = new Uint8Array(8)
  readFully(file, start.subarray(0, Math.min(8, fileBytes)), 0)
  const headerBytes = new Uint8Array(parseHeaderLength(start, fileBytes, path))
  readFully(file, headerBytes, 8)
  const dataStart = 8 + headerBytes.length
  const { entries, metadata } = parseHeader(headerBytes, fileBytes - dataStart, path)
  const tensors = new Map<string, HostTensor>()
  for (const { name, type, shape, begin } of entries) {
    const tensor = allocate(type, shape)
    readFully(file, bytesOf(tensor.data), dataStart + begin)
    tensors.set(name, tensor)
  }
  return { tensors, metadata }
}

/** Reads and checks a whole file. Throws a UserError of kind FileError that names the path. */
export const readSafetensors = (path: string): Safetensors => {
  try {
    const file = openSync(path, 'r')
    try {
      return readOpened(file, path)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw fileError('read', path, error)
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
): void => {
  const list = [...tensors]
  writeAtomically(path, [encodeHeader(list, metadata), ...list.map(([, { data }]) => bytesOf(data))])
}
