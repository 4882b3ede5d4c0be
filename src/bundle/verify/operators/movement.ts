import { at } from '../../../base/lists.ts'
import { broadcastShapes, elements, sameShape } from '../../../base/type.ts'
import { LONGEST_LIST } from '../limits.ts'
import type { Call, Known, Operator, Operators } from '../call.ts'

/** Numbers in other places or under other shapes. */

/** With -1 for the one size that is left over. */
const reshape: Operator = (call) => {
  call.requireOperands(2)
  const [{ dtype, shape: from }, wanted] = [call.operand(0), call.numbers(1)]
  const left = elements(from) / wanted.reduce((product, size) => (size === -1 ? product : product * size), 1)
  const shape = wanted.map((size) => (size === -1 ? left : size))
  if (wanted.filter((size) => size === -1).length > 1 || elements(shape) !== elements(from))
    throw call.misfit()
  return { results: [{ dtype, shape }], inPlace: true }
}

const expand: Operator = (call) => {
  call.requireOperands(2)
  const [{ dtype, shape: from }, wanted] = [call.operand(0), call.numbers(1)]
  const shape = broadcastShapes(from, wanted)
  if (!shape) throw call.misfit()
  return { results: [{ dtype, shape }] }
}

const transpose: Operator = (call) => {
  call.requireOperands(1)
  const { dtype, shape } = call.operand(0)
  const order = call.wholes('perm', shape.length)
  if (order.some((axis) => axis >= shape.length) || new Set(order).size < order.length) throw call.misfit()
  return { results: [{ dtype, shape: order.map((axis) => at(shape, axis)) }] }
}

const concat: Operator = (call) => {
  const { operands } = call
  const first = call.operand(0)
  const axis = call.axis('axis', first.shape)
  const fits = ({ shape }: Known): boolean =>
    shape.length === first.shape.length && shape.every((size, i) => i === axis || size === first.shape[i])
  if (!operands.every(fits)) throw call.misfit()
  const total = operands.reduce((sum, { shape }) => sum + at(shape, axis), 0)
  const numbers = total > LONGEST_LIST ? undefined : joined(operands.map((each) => each.numbers))
  const shape = first.shape.map((size, i) => (i === axis ? total : size))
  return { results: [{ dtype: first.dtype, shape, numbers }] }
}

/** Undefined where one of the lists is not known. */
const joined = (lists: readonly (readonly number[] | undefined)[]): readonly number[] | undefined => {
  const known = lists.filter((list) => list !== undefined)
  return known.length === lists.length ? known.flat() : undefined
}

/** Starts, ends, axes and steps, for each axis of a value in turn. */
const slice: Operator = (call) => {
  call.requireOperands(5)
  const { dtype, shape: from } = call.operand(0)
  const [starts, ends, axes, steps] = [call.numbers(1), call.numbers(2), call.numbers(3), call.numbers(4)]
  if (
    [starts, ends, axes, steps].some(({ length }) => length !== from.length) ||
    axes.some((axis, i) => axis !== i)
  )
    throw call.misfit()
  const shape = from.map((size, axis) => {
    const [start, end, step] = [at(starts, axis), at(ends, axis), at(steps, axis)]
    if (!(start >= 0 && start < end && end <= size && step >= 1)) throw call.misfit()
    return Math.ceil((end - start) / step)
  })
  return { results: [{ dtype, shape }] }
}

/** Zeros before and after. */
const pad: Operator = (call) => {
  call.requireOperands(2)
  const [{ dtype, shape: from }, pads] = [call.operand(0), call.numbers(1)]
  if (pads.length !== 2 * from.length || pads.some((zeros) => zeros < 0)) throw call.misfit()
  const shape = from.map((size, axis) => size + at(pads, axis) + at(pads, axis + from.length))
  return { results: [{ dtype, shape }] }
}

const indexed = (call: Call, index: number): Known => {
  const places = call.operand(index)
  if (places.dtype !== 'int64') throw call.misfit()
  return places
}

const gather: Operator = (call) => {
  call.requireOperands(2)
  const [{ dtype, shape }, places] = [call.operand(0), indexed(call, 1)]
  const axis = call.axis('axis', shape)
  return { results: [{ dtype, shape: [...shape.slice(0, axis), ...places.shape, ...shape.slice(axis + 1)] }] }
}

/** Adds at places of the first axis: at those of a list, or at those of rows of one number. */
const scatter =
  (isByRow: boolean): Operator =>
  (call) => {
    call.requireOperands(3)
    const [{ dtype, shape }, places, updates] = [call.operand(0), indexed(call, 1), call.operand(2)]
    call.text('reduction', 'add')
    if (!isByRow && call.whole('axis') !== 0) throw call.misfit()
    const [count, ...rest] = places.shape
    if (count === undefined) throw call.misfit()
    const wanted = [count, ...shape.slice(1)]
    const fits = sameShape(rest, isByRow ? [1] : []) && (isByRow || shape.length === 1)
    if (!fits || !sameShape(updates.shape, wanted) || updates.dtype !== dtype) throw call.misfit()
    return { results: [{ dtype, shape }] }
  }

/** Where sizes are the same in each run, onnxruntime knows them before any. */
const shapeOf: Operator = (call) => {
  call.requireOperands(1)
  const { shape } = call.operand(0)
  const numbers = shape.slice(call.whole('start'), call.whole('end'))
  return { results: [{ dtype: 'int64', shape: [numbers.length], numbers }], isConstant: true }
}

/** One number everywhere. */
const constantOfShape: Operator = (call) => {
  call.requireOperands(1)
  const { dtype, shape } = call.tensor('value')
  if (!sameShape(shape, [1])) throw call.refuse('repeats more than one number')
  return { results: [{ dtype, shape: call.numbers(0) }] }
}

export const movement: Operators = {
  Concat: concat,
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Gather: gather,
  Pad: pad,
  Reshape: reshape,
  ScatterElements: scatter(false),
  ScatterND: scatter(true),
  Shape: shapeOf,
  Slice: slice,
  Transpose: transpose,
}
