import { UserError } from '../base/error.ts'
import { LARGEST_CONSTANT } from '../ir/budget.ts'
import { blamedOrigin } from '../ir/context.ts'
import { elements, type Shape } from '../base/type.ts'
import { make } from './define.ts'
import { is } from './is.ts'
import { noWork, opaque } from './traits.ts'
import type { InputRole } from '../bundle/roles.ts'
import type { DType } from '../base/dtype.ts'
import type { Node, Op } from '../ir/node.ts'

/** Values that a graph is given rather than computes: its inputs and its constants. */

type InputAttributes = Readonly<{ name: string; role: InputRole; dtype: DType; shape: Shape }>

export const inputOp: Op<InputAttributes> = {
  name: 'input',
  traits: opaque(noWork),
  given: true,
  infer: (_, { dtype, shape }) => ({ dtype, shape }),
  gradient: () => [],
  emit: (_, { attributes }) => {
    throw new Error(`input '${attributes.name}' was not bound before emission`)
  },
  samples: [],
}

/** A named input of the graph; parameters are inputs too. Each call makes a new one. */
export const input = (role: InputRole, name: string, dtype: DType, shape: Shape): Node =>
  make(inputOp, [], { name, role, dtype, shape })

export const isInput = (node: Node): node is Node<InputAttributes> => is(node, inputOp)

type ConstantAttributes = Readonly<{ values: Float64Array; dtype: DType; shape: Shape }>

export const constantOp: Op<ConstantAttributes> = {
  name: 'constant',
  traits: opaque(noWork),
  infer: (_, { dtype, shape }) => ({ dtype, shape }),
  gradient: () => [],
  emit: (emitter, node) => emitter.constant(node, node.attributes.values),
  samples: [
    {
      inputs: [],
      attributes: { values: Float64Array.of(1, -2, 3), dtype: 'float64', shape: [3] },
      expect: [1, -2, 3],
    },
  ],
}

export const isConstant = (node: Node): node is Node<ConstantAttributes> => is(node, constantOp)

/** Constants of one repeated value that are longer than this are made by the graph, not stored in it. */
export const LARGEST_STORED_FILL = 256

/** A longer constant of one value everywhere is written down as that value, once. */
const LONGEST_REPEATED = 4096

export const constant = (dtype: DType, shape: Shape, values: ArrayLike<number>): Node => {
  const count = elements(shape)
  if (values.length !== count && !(values.length === 1 && count > LONGEST_REPEATED))
    throw new Error(`${values.length} values for shape [${shape.join(', ')}]`)
  const isRepeated =
    count > LONGEST_REPEATED && Array.prototype.every.call(values, (value) => Object.is(value, values[0]))
  const written = isRepeated ? Array.prototype.slice.call(values, 0, 1) : values
  return make(constantOp, [], { values: Float64Array.from(written), dtype, shape })
}

/** Whether a constant holds the one value that it has everywhere. */
export const isRepeated = (node: Node): boolean =>
  is(node, constantOp) && node.attributes.values.length < elements(node.shape)

/** The numbers of a constant that are written down one by one; undefined for other nodes. */
export const constantValues = (node: Node | undefined): Float64Array | undefined =>
  node && isConstant(node) && !isRepeated(node) ? node.attributes.values : undefined

export const scalar = (dtype: DType, value: number): Node => constant(dtype, [], [value])

export const filled = (dtype: DType, shape: Shape, value: number): Node =>
  constant(
    dtype,
    shape,
    elements(shape) > LONGEST_REPEATED ? [value] : new Float64Array(elements(shape)).fill(value),
  )

/** The whole numbers from 0 to size - 1. */
export const range = (dtype: DType, size: number): Node =>
  constant(
    dtype,
    [size],
    Array.from({ length: requireWritable(size) }, (_, i) => i),
  )

/** @throws UserError ('ShapeError') where so many different numbers are too many to write down. */
export function requireWritable(count: number): number {
  if (count <= LARGEST_CONSTANT) return count
  throw new UserError('ShapeError', `a constant of ${count.toLocaleString('en-US')} numbers is needed`, {
    origin: blamedOrigin(),
    help: `The compiler writes down ${LARGEST_CONSTANT.toLocaleString('en-US')} at most; make the axis smaller.`,
  })
}

export const leafOps = [inputOp, constantOp]
