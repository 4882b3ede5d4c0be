import { bytesOfShape } from '../../base/type.ts'
import { dtypeOfCode, type DType } from '../../base/dtype.ts'
import { MOST_AXES } from './limits.ts'
import { quoted, Refused } from './refused.ts'
import { readFields, type Field, type Span } from './wire.ts'
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

/** @param what the message, for errors: `a constant` */
export function readTensor(span: Span, what: string): StoredTensor {
  span.allowance.take('constants')
  let name = ''
  let dtype: DType | undefined
  let raw: Uint8Array | undefined
  const shape: number[] = []
  readFields(span, {
    message: what,
    once: {
      2: (field) => (dtype = dtypeOf(field.whole(), field)),
      8: (field) => (name = field.text()),
      9: (field) => (raw = field.raw()),
    },
    many: {
      1: (field) => {
        for (const size of field.wholes(MOST_AXES)) addAxis(shape, size, field)
      },
    },
    never: {
      13: 'has its numbers in another file',
      14: 'says that its numbers are in another file',
    },
  })
  if (!dtype || !raw) throw new Refused(`${what} ${quoted(name)} has no type or no numbers`)
  if (shape.includes(0) && !isEmptyList(dtype, shape))
    throw new Refused(`${what} ${quoted(name)} has no elements`)
  const wanted = bytesOfShape(dtype, shape)
  if (raw.length !== wanted)
    throw new Refused(
      `${what} ${quoted(name)} is ${dtype}[${shape.join(', ')}] and has ${raw.length} bytes, not ${wanted}`,
    )
  return { name, dtype, shape, raw }
}

/** Of an input, an output or a value in between. */
export function readValueInfo(span: Span): readonly [name: string, type: DeclaredType] {
  span.allowance.take('types')
  let name = ''
  let dtype: DType | undefined
  let shape: Axis[] | undefined
  const message = 'the type of a value'
  const axes = (list: Axis[]) => (field: Field) => {
    readFields(field.part(), {
      message: 'an axis',
      once: {
        1: (size) => {
          addAxis<Axis>(list, sizeOf(size), size)
        },
        2: (symbol) => {
          addAxis<Axis>(list, symbol.text(), symbol)
        },
      },
    })
  }
  const readTensorType = (field: Field): void => {
    readFields(field.part(), {
      message,
      once: {
        1: (code) => (dtype = dtypeOf(code.whole(), code)),
        2: (part) => {
          readFields(part.part(), { message: 'a shape', many: { 1: axes((shape = [])) } })
        },
      },
    })
  }
  readFields(span, {
    message: 'a value',
    once: {
      1: (field) => (name = field.text()),
      2: (field) => {
        readFields(field.part(), { message, once: { 1: readTensorType } })
      },
    },
  })
  if (!dtype || !shape) throw new Refused(`${quoted(name)} has no type or no shape`)
  return [name, { dtype, shape }]
}
