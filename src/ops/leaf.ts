import { elements, type Shape } from '../ir/type.ts'
import { make } from './define.ts'
import type { DType } from '../ir/dtype.ts'
import type { Node, Op } from '../ir/node.ts'

/** Values that a graph is given rather than computes: its inputs and its constants. */

export type InputRole =
  'parameter' | 'state' | 'draw' | 'views' | 'images' | 'features' | 'labels' | 'rate' | 'step' | 'activity'

type InputAttributes = Readonly<{ name: string; role: string; dtype: DType; shape: Shape }>

const inputOp: Op<InputAttributes> = {
  name: 'input',
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

export const isInput = (node: Node): node is Node<InputAttributes> => node.op.name === inputOp.name

type ConstantAttributes = Readonly<{ values: Float64Array; dtype: DType; shape: Shape }>

const constantOp: Op<ConstantAttributes> = {
  name: 'constant',
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

export const isConstant = (node: Node): boolean => node.op.name === constantOp.name

export const constant = (dtype: DType, shape: Shape, values: ArrayLike<number>): Node => {
  if (values.length !== elements(shape))
    throw new Error(`${values.length} values for shape [${shape.join(', ')}]`)
  return make(constantOp, [], { values: Float64Array.from(values), dtype, shape })
}

export const scalar = (dtype: DType, value: number): Node => constant(dtype, [], [value])

export const filled = (dtype: DType, shape: Shape, value: number): Node =>
  constant(dtype, shape, new Float64Array(elements(shape)).fill(value))

/** The whole numbers from 0 to size - 1. */
export const range = (dtype: DType, size: number): Node =>
  constant(
    dtype,
    [size],
    Array.from({ length: size }, (_, i) => i),
  )

export const leafOps = [inputOp, constantOp]
