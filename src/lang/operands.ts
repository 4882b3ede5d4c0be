import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { showType, type Type } from '../base/type.ts'
import { shown } from '../base/show.ts'
import type { DType } from '../base/dtype.ts'

/** What the methods of tensors are given, checked where it enters the graph. */

const whole = (value: number, low: number, high: number): boolean =>
  Number.isSafeInteger(value) && value >= low && value <= high

/** Whether a type holds a number: NaN, and what would become infinite or lose its fraction, it does not. */
const holds: Readonly<Record<DType, (value: number) => boolean>> = {
  float16: (value) => Math.abs(value) <= 65504,
  float32: (value) => Number.isFinite(Math.fround(value)),
  float64: Number.isFinite,
  int64: Number.isSafeInteger,
  uint8: (value) => whole(value, 0, 255),
  bool: (value) => whole(value, 0, 1),
}

export const holdsNumber = (dtype: DType, value: number): boolean => holds[dtype](value)

export function misuse(tensor: Type, problem: string, help: string): UserError {
  return new UserError('TraceError', `a tensor ${showType(tensor)} ${problem}`, {
    origin: currentOrigin(),
    help,
  })
}

/** A number that takes part in a tensor's arithmetic. */
export function numberFor(tensor: Type, method: string, value: unknown): number {
  if (typeof value !== 'number')
    throw misuse(tensor, `cannot ${method} ${shown(value)}`, 'give a tensor or a number')
  // What is chosen from may be infinite: a mask before a softmax is.
  const isMask = method === 'choose' && Math.abs(value) === Infinity && tensor.dtype.startsWith('float')
  if (!isMask && !holds[tensor.dtype](value))
    throw misuse(tensor, `cannot ${method} ${value}`, `give a finite number that ${tensor.dtype} can hold`)
  if (method === 'div' && value === 0)
    throw misuse(
      tensor,
      'is divided by 0',
      'give another number; a batch or a layer of one element may be why',
    )
  return value
}

/** A place among the axes; negative ones count from the last. */
export function axisOf(tensor: Type, axis: unknown): number {
  const rank = tensor.shape.length
  if (typeof axis === 'number' && whole(axis, -rank, rank - 1)) return axis < 0 ? axis + rank : axis
  const given = typeof axis === 'number' ? String(axis) : shown(axis)
  throw misuse(
    tensor,
    `has no axis ${given}`,
    typeof axis === 'boolean'
      ? 'to keep the reduced axes, write { keepDims: true } after them'
      : Array.isArray(axis)
        ? 'give axes one after the other: x.mean(2, 3)'
        : rank === 0
          ? 'it is one number and has none'
          : `give a whole number from ${-rank} to ${rank - 1}`,
  )
}

/** Whole numbers: sizes, places or lengths of padding. */
export function wholeFor(tensor: Type, method: string, values: unknown, least: number): readonly number[] {
  const list = Array.isArray(values) ? (values as readonly unknown[]) : undefined
  if (list?.every((value) => typeof value === 'number' && whole(value, least, Number.MAX_SAFE_INTEGER)))
    return list as readonly number[]
  const wrong = list?.find(
    (value) => !(typeof value === 'number' && whole(value, least, Number.MAX_SAFE_INTEGER)),
  )
  throw misuse(
    tensor,
    `cannot ${method} ${shown(list ? wrong : values)}`,
    Array.isArray(wrong)
      ? `give numbers one after the other: x.${method}(2, 3)`
      : `give whole numbers, ${least} or more`,
  )
}
