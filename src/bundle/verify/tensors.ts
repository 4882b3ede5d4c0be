import { bytesOfShape } from '../../base/type.ts'
import { dtypeOfCode, type DType } from '../../base/dtype.ts'
import { MOST_AXES } from './limits.ts'
import { quoted, Refused } from './refused.ts'
import { readFields, type Field, type Fields, type Span } from './wire.ts'
import type { Axis, DeclaredType, StoredTensor } from './structure.ts'

/** Types and numbers as the compiler writes them into a model. */

/** An element type by its number. @throws Refused */
function dtypeOf(code: number, field: Field): DType {
  const dtype = dtypeOfCode(code)
  if (dtype === undefined) throw field.refuse(`is element type ${code}`)
  return dtype
}

/** A size, of one or more: what graphs compute with has elements. */
function sizeOf(field: Field): number {
  const size = field.whole()
  if (size === 0) throw field.refuse('is an axis of size 0')
  return size
}

/** Nothing has no elements but a list of sizes, that of a scalar. */
const isEmptyList = (dtype: DType, shape: readonly number[]): boolean =>
  dtype === 'int64' && shape.length === 1

function addAxis<T>(list: T[], axis: T, field: Field): void {
  if (list.length === MOST_AXES) throw field.refuse(`is one axis more than ${MOST_AXES}`)
  list.push(axis)
}

interface Tensor {
  name: string
  dtype: DType | undefined
  raw: Uint8Array | undefined
  readonly shape: number[]
}

const tensorFields: Fields<Tensor> = {
  message: 'a constant',
  once: {
    2: (field, into) => (into.dtype = dtypeOf(field.whole(), field)),
    8: (field, into) => (into.name = field.text()),
    9: (field, into) => (into.raw = field.raw()),
  },
  many: {
    1: (field, { shape }) => {
      for (const size of field.wholes(MOST_AXES)) addAxis(shape, size, field)
    },
  },
  never: {
    13: 'has its numbers in another file',
    14: 'says that its numbers are in another file',
  },
}

/** A constant, or the value of an attribute. */
export function readTensor(span: Span): StoredTensor {
  span.allowance.take('constants')
  const tensor: Tensor = { name: '', dtype: undefined, raw: undefined, shape: [] }
  readFields(span, tensorFields, tensor)
  const { name, dtype, raw, shape } = tensor
  if (!dtype || !raw) throw new Refused(`a constant ${quoted(name)} has no type or no numbers`)
  if (shape.includes(0) && !isEmptyList(dtype, shape))
    throw new Refused(`a constant ${quoted(name)} has no elements`)
  const wanted = bytesOfShape(dtype, shape)
  if (raw.length !== wanted)
    throw new Refused(
      `a constant ${quoted(name)} is ${dtype}[${shape.join(', ')}] and has ${raw.length} bytes, not ${wanted}`,
    )
  return { name, dtype, shape, raw }
}

interface Value {
  name: string
  dtype: DType | undefined
  shape: Axis[] | undefined
}

const axisFields: Fields<Axis[]> = {
  message: 'an axis',
  once: {
    1: (field, shape) => {
      addAxis<Axis>(shape, sizeOf(field), field)
    },
    2: (field, shape) => {
      addAxis<Axis>(shape, field.text(), field)
    },
  },
}
const shapeFields: Fields<Axis[]> = {
  message: 'a shape',
  many: {
    1: (field, shape) => {
      readFields(field.part(), axisFields, shape)
    },
  },
}
const message = 'the type of a value'
const tensorTypeFields: Fields<Value> = {
  message,
  once: {
    1: (field, into) => (into.dtype = dtypeOf(field.whole(), field)),
    2: (field, into) => {
      readFields(field.part(), shapeFields, (into.shape = []))
    },
  },
}
const typeFields: Fields<Value> = {
  message,
  once: {
    1: (field, into) => {
      readFields(field.part(), tensorTypeFields, into)
    },
  },
}
const valueFields: Fields<Value> = {
  message: 'a value',
  once: {
    1: (field, into) => (into.name = field.text()),
    2: (field, into) => {
      readFields(field.part(), typeFields, into)
    },
  },
}

/** Of an input, an output or a value in between. */
export function readValueInfo(span: Span): readonly [name: string, type: DeclaredType] {
  span.allowance.take('types')
  const value: Value = { name: '', dtype: undefined, shape: undefined }
  readFields(span, valueFields, value)
  const { name, dtype, shape } = value
  if (!dtype || !shape) throw new Refused(`${quoted(name)} has no type or no shape`)
  return [name, { dtype, shape }]
}
