import { isFloat, dtypes, type DType } from '../base/dtype.ts'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { constant as constantNode, requireWritable } from '../ops/leaf.ts'
import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { number, oneOf } from './kinds.ts'
import { holdsNumber } from './operands.ts'
import { shown } from '../base/show.ts'
import { Tensor } from './tensor.ts'

/** Tensors of given numbers: constants of the graph, for rules, modules and transforms. */

/** A number, or lists of such, all of one length on each level. */
export type Nested = number | boolean | readonly Nested[]

const aType = oneOf(...dtypes)

const inTrace = { kind: 'TraceError' } as const

/**
 * A tensor of these numbers: `constant([[1, 2], [3, 4]])` is float32 [2, 2], `constant(0.5, x.dtype)` one number.
 *
 * @throws UserError ('TraceError') where lists are of unequal length, or the type does not hold a number.
 */
export function constant(values: Nested, dtype: DType = 'float32', ...extra: readonly undefined[]): Tensor {
  nothingMore('constant', extra, inTrace)
  argument('constant', 'dtype', aType, dtype, inTrace)
  const shape = shapeOf(values)
  const flat: number[] = []
  collect(values, shape, dtype, flat)
  return new Tensor(constantNode(dtype, shape, flat))
}

const fail = (problem: string, help: string) =>
  new UserError('TraceError', `constant: ${problem}`, { origin: currentOrigin(), help })

/** Of the first element on each level: `collect` holds all others to it. */
function shapeOf(values: unknown): number[] {
  if (!Array.isArray(values)) return []
  if (values.length === 0) throw fail('a list is empty', 'leave at least one number in each list')
  return [values.length, ...shapeOf((values as readonly unknown[])[0])]
}

function collect(value: unknown, shape: readonly number[], dtype: DType, flat: number[]): void {
  const [size, ...rest] = shape
  if (size === undefined) {
    const number = typeof value === 'boolean' ? Number(value) : value
    if (
      typeof number !== 'number' ||
      !(holdsNumber(dtype, number) || (isFloat(dtype) && Math.abs(number) === Infinity))
    )
      throw fail(`there is ${shown(value)}`, `give numbers that ${dtype} can hold`)
    flat.push(number)
    return
  }
  if (!Array.isArray(value) || value.length !== size)
    throw fail(
      `a list of ${size} is beside ${Array.isArray(value) ? `one of ${value.length}` : shown(value)}`,
      'give lists of one length on each level',
    )
  requireWritable(flat.length + 1)
  for (const each of value as readonly unknown[]) collect(each, rest, dtype, flat)
}

/** What `arange` takes beside its bounds. */
export interface ArangeOptions {
  /** Default 1; negative counts down. */
  readonly step?: number
  /** Default int64. */
  readonly dtype?: DType
}

const arangeChecks: Checks<ArangeOptions> = {
  step: number('a number that is not 0', (value) => value !== 0).optional(),
  dtype: aType.optional(),
}
const finite = number('a finite number', () => true)

/**
 * start, start + step, … as long as they are before `end`: `arange(0, 4)` is int64 [0, 1, 2, 3].
 *
 * @throws UserError ('TraceError') where there would be no number, or the type does not hold one.
 */
export function arange(
  start: number,
  end: number,
  options: ArangeOptions = {},
  ...extra: readonly undefined[]
): Tensor {
  nothingMore('arange', extra, inTrace)
  argument('arange', 'start', finite, start, inTrace)
  argument('arange', 'end', finite, end, inTrace)
  const { step = 1, dtype = 'int64' } = checked('arange', arangeChecks, options, inTrace)
  const count = Math.ceil((end - start) / step)
  if (count < 1)
    throw new UserError('TraceError', `arange: from ${start} to ${end} by ${step} there is no number`, {
      origin: currentOrigin(),
      help: 'give an end beyond the start, or a negative step',
    })
  return constant(
    Array.from({ length: requireWritable(count) }, (_, i) => start + i * step),
    dtype,
  )
}
