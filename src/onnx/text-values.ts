import { createHash } from 'node:crypto'
import {
  attributeTypes,
  elementTypes,
  type AttributeProto,
  type TensorProto,
  type ValueInfo,
} from './proto.ts'

/** Types, constants and attributes of an ONNX model as readable text. */

/** Constants up to this many elements are shown whole. */
const MOST_SHOWN = 8
/** Of larger ones the bytes are hashed: to write millions of numbers takes minutes. */
const MOST_WRITTEN = 65_536

type TypeProto = ValueInfo['type']

const ownNames = new Map([
  ['float', 'float32'],
  ['double', 'float64'],
])

/** Protobuf leaves out numbers that are zero, and lists of none. */
const orZero = (value: number | null | undefined): number => value ?? 0
const lengthOf = (list: ArrayLike<unknown> | null | undefined): number => orZero(list?.length)

const elementName = (code: number | null | undefined): string => {
  const name = (elementTypes[orZero(code)] ?? `type ${code ?? '?'}`).toLowerCase()
  return ownNames.get(name) ?? name
}

const shaped = (code: number | null | undefined, sizes: readonly (string | number)[]): string =>
  `${elementName(code)}[${sizes.join(', ')}]`

/** protobufjs may give 64-bit integers as objects. */
const whole = (value: unknown): number => (value === undefined || value === null ? 0 : Number(value))

/** `float32[16, 3, 32, 32]`; an unknown size is `?`. */
export function typeText(type: TypeProto): string {
  const tensor = type?.tensorType
  if (!tensor) return 'not a tensor'
  if (!tensor.shape) return `${elementName(tensor.elemType)} of any shape`
  const sizes = (tensor.shape.dim ?? []).map((dim) => {
    if (dim.dimParam) return dim.dimParam
    return Object.hasOwn(dim, 'dimValue') ? whole(dim.dimValue) : '?'
  })
  return shaped(tensor.elemType, sizes)
}

/** `int64[3] = 1, 2, 3`; of longer ones the first elements, and a hash that tells two of them apart. */
export function tensorText(tensor: TensorProto): string {
  const type = shaped(tensor.dataType, (tensor.dims ?? []).map(whole))
  if (lengthOf(tensor.rawData) > MOST_WRITTEN * 8) return `${type} = ${rawText(tensor)}`
  const values = tensorValues(tensor)
  if (values === undefined) return `${type} (stored elsewhere)`
  if (values.length <= MOST_SHOWN) return `${type} = ${values.join(', ')}`
  const hash = createHash('sha256').update(values.join(',')).digest('hex').slice(0, 8)
  const shown = values.slice(0, MOST_SHOWN).join(', ')
  return `${type} = ${shown}, … (${values.length} elements, sha256 ${hash}…)`
}

/** The first elements of a large constant, and a hash of its bytes. */
function rawText({ rawData, dataType }: TensorProto): string {
  const raw = rawData ?? new Uint8Array()
  const shown = rawValues(raw.subarray(0, MOST_SHOWN * 8), dataType) ?? []
  const hash = createHash('sha256').update(raw).digest('hex').slice(0, 8)
  return `${shown.slice(0, MOST_SHOWN).join(', ')}, … (${raw.length} bytes, their sha256 ${hash}…)`
}

/** A short constant as it is written where it is read: `0.1` or `[2, 3]`; undefined of larger ones. */
export function inlineText(tensor: TensorProto): string | undefined {
  const rank = lengthOf(tensor.dims)
  if (rank > 1 || lengthOf(tensor.rawData) > MOST_SHOWN * 8) return undefined
  const values = tensorValues(tensor)
  if (!values || values.length > MOST_SHOWN) return undefined
  return rank === 0 ? values[0] : `[${values.join(', ')}]`
}

/** `kernel_shape=[3, 3]`. */
export function attributeText({ name, type, i, f, s, t, g, ints, floats }: AttributeProto): string {
  const value = (): string => {
    if (type === attributeTypes.INT) return String(whole(i))
    if (type === attributeTypes.FLOAT) return shortest(orZero(f))
    if (type === attributeTypes.STRING) return JSON.stringify(new TextDecoder().decode(s ?? new Uint8Array()))
    if (type === attributeTypes.INTS) return `[${(ints ?? []).map(whole).join(', ')}]`
    if (type === attributeTypes.FLOATS) return `[${(floats ?? []).map(shortest).join(', ')}]`
    if (type === attributeTypes.TENSOR && t) return `(${tensorText(t)})`
    if (type === attributeTypes.GRAPH && g) return `(graph of ${lengthOf(g.node)} nodes)`
    return `(${(attributeTypes[orZero(type)] ?? 'unknown').toLowerCase()})`
  }
  return `${name ?? ''}=${value()}`
}

/** A float32 with no more digits than tell it from its neighbours: 0.1, not 0.10000000149011612. */
const shortest = (value: number): string => {
  const digits = [6, 7, 8, 9].map((precision) => Number(value.toPrecision(precision)))
  return String(digits.find((rounded) => Math.fround(rounded) === Math.fround(value)) ?? value)
}

/** Elements as text; undefined where the file does not hold them. */
function tensorValues({
  rawData,
  dataType,
  floatData,
  doubleData,
  int32Data,
  int64Data,
}: TensorProto): readonly string[] | undefined {
  if (rawData?.length) return rawValues(rawData, dataType)
  if (floatData?.length) return floatData.map(shortest)
  if (doubleData?.length) return doubleData.map(String)
  const integers = [int32Data, int64Data].find((data) => data?.length)
  return integers?.map((value) => String(whole(value)))
}

/** Raw data are little-endian. */
function rawValues(raw: Uint8Array, dataType: number | null | undefined): readonly string[] | undefined {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const each = (size: number, read: (offset: number) => string) =>
    Array.from({ length: raw.length / size }, (_, i) => read(i * size))
  switch (dataType) {
    case elementTypes.FLOAT:
      return each(4, (at) => shortest(view.getFloat32(at, true)))
    case elementTypes.DOUBLE:
      return each(8, (at) => String(view.getFloat64(at, true)))
    case elementTypes.INT32:
      return each(4, (at) => String(view.getInt32(at, true)))
    case elementTypes.INT64:
      return each(8, (at) => String(view.getBigInt64(at, true)))
    case elementTypes.UINT8:
      return each(1, (at) => String(view.getUint8(at)))
    case elementTypes.BOOL:
      return each(1, (at) => String(view.getUint8(at) !== 0))
    default:
      return undefined
  }
}
