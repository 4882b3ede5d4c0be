import { bytesOf, bytesPerElement, elements, type HostTensor } from '../../values/tensor.ts'
import { crc32 } from './crc32.ts'
import { PoisonedMessage } from './poisoned.ts'
import type { Crossing } from './crossing.ts'

/**
 * Activity on its way: the bytes of a tensor as they lie in memory, little-endian, in parts that the server takes, each with
 * what is needed to know it in headers. Nothing depends on the order in which parts come, or on how often.
 */

/** Left of a message for its headers. */
const HEADERS = 4096

/** A part of a tensor of a step. */
export interface Chunk {
  readonly headers: Readonly<Record<string, string>>
  readonly data: Uint8Array
}

/** Where a message comes from. */
export interface Sender {
  /** SHA-256 of the manifest of the bundle, and so of all graphs. */
  readonly bundle: string
  readonly host: string
}

const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0')

/** Elements of a part: the same for whoever sends and reads, so that parts of two senders are the same ones. */
export const partSize = (maxPayload: number): number => Math.max(1024, maxPayload - HEADERS) & ~1023

/** @param size bytes of all parts but the last */
export function* chunksOf(
  name: string,
  { type, shape, data }: HostTensor,
  { step, bundle, host, size }: Sender & { readonly step: number; readonly size: number },
): Generator<Chunk> {
  const bytes = bytesOf(data)
  const parts = Math.max(1, Math.ceil(bytes.length / size))
  for (let part = 0; part < parts; part++) {
    const own = bytes.subarray(part * size, (part + 1) * size)
    yield {
      headers: {
        ...{ 'Hebb-Bundle': bundle, 'Hebb-Host': host, 'Hebb-Step': String(step) },
        ...{
          'Hebb-Tensor': encodeURIComponent(name),
          'Hebb-Part': `${part}/${parts}`,
          'Hebb-Size': String(size),
        },
        ...{ 'Hebb-Type': type, 'Hebb-Shape': shape.join(), 'Hebb-CRC': checksum(own) },
      },
      data: own,
    }
  }
}

/** A part that was read, and what it is of. */
export interface ReadChunk {
  readonly step: number
  readonly crossing: Crossing
  readonly part: number
  readonly parts: number
  /** Bytes of all parts but the last, by which those belong together that were cut alike. */
  readonly size: number
  /** Of the tensor's bytes, the first. */
  readonly start: number
  readonly data: Uint8Array
  readonly host: string
}

/** What headers give of a name. */
export type Header = (name: string) => string

const whole = /^(0|[1-9]\d{0,15})$/

/**
 * What a message holds; its numbers are looked at when all are there.
 *
 * @throws PoisonedMessage that names layer, step and sender where it is not what it should be
 */
export function readChunk(
  header: Header,
  data: Uint8Array,
  { bundle, crossings }: { readonly bundle: string; readonly crossings: readonly Crossing[] },
): ReadChunk {
  const host = header('Hebb-Host')
  const [name, told] = [tensorOf(header('Hebb-Tensor')), header('Hebb-Step')]
  const crossing = crossings.find((each) => each.name === name)
  const step = whole.test(told) ? Number(told) : undefined
  const refuse = (problem: string) =>
    new PoisonedMessage({ layer: crossing?.graph, name, step, host, problem })
  if (header('Hebb-Bundle') !== bundle) throw refuse('is of another bundle')
  if (!crossing) throw refuse('is not read here')
  if (step === undefined) throw refuse(`is of no step: '${told}'`)
  const { type, shape } = crossing
  const [givenType, givenShape] = [header('Hebb-Type'), header('Hebb-Shape')]
  if (givenType !== type || givenShape !== shape.join())
    throw refuse(`is ${givenType}[${givenShape}], not ${type}[${shape.join()}]`)
  const bytes = bytesPerElement[type] * elements(shape)
  const [, part, parts] = (/^(\d{1,9})\/(\d{1,9})$/.exec(header('Hebb-Part')) ?? []).map(Number)
  const size = Number(whole.exec(header('Hebb-Size'))?.[0])
  const isPart =
    part !== undefined && parts !== undefined && part < parts && size % bytesPerElement[type] === 0
  if (!isPart || parts !== Math.max(1, Math.ceil(bytes / size)))
    throw refuse(`is in no such parts: '${header('Hebb-Part')}' of ${size} bytes`)
  const start = part * size
  if (data.length !== Math.min(size, bytes - start)) throw refuse(`has ${data.length} bytes in part ${part}`)
  if (header('Hebb-CRC') !== checksum(data)) throw refuse('is damaged: its checksum differs')
  return { step, crossing, part, parts, size, start, data, host }
}

function tensorOf(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
