import { z } from 'zod'
import { where as whereNode } from '../ops/elementwise.ts'
import { conv2d } from '../ops/conv.ts'
import { matmul } from '../ops/matmul.ts'
import { averagePool } from '../ops/average-pool.ts'
import { maxPool } from '../ops/pool.ts'
import { concat as concatNodes } from '../ops/concat.ts'
import { argument, options, type Checks } from './check.ts'
import { flag, list } from './kinds.ts'
import { axisOf, misuse } from './operands.ts'
import { tileFor, type Sides } from './sides.ts'
import { shown } from '../base/show.ts'
import { Composed } from './tensor/composed.ts'
import { windowFor, type ConvolutionOptions } from './tensor/convolution.ts'
import { limitArguments } from './tensor/limit-arguments.ts'
import { operand, tensorOperand } from './tensor/symbolic.ts'
import type { Node } from '../ir/node.ts'

export type { Axes, ReduceOptions } from './tensor/axes.ts'

/** What arithmetic takes beside a tensor: a number means that number everywhere. */
export type Operand = Tensor | number

/** Which operands of `matmul` are transposed in their last two axes. */
export interface MatmulOptions {
  /** Whether the last two axes of the left side are swapped first; default false. */
  readonly transposeA?: boolean
  /** The same of the right side. */
  readonly transposeB?: boolean
}

const matmulChecks: Checks<MatmulOptions> = { transposeA: flag.optional(), transposeB: flag.optional() }

/**
 * A symbolic tensor: what rules compute with. Methods trace, nothing is calculated here; each gives a new tensor. What
 * PyTorch and NumPy call them, and where they differ, is in docs/tensor.md.
 */
export class Tensor extends Composed<Tensor> {
  protected made(node: Node): Tensor {
    return new Tensor(node)
  }

  /**
   * Matrix product of the last two axes, [… , m, k] × [… , k, n] → [… , m, n]; the axes before them broadcast.
   *
   * @throws UserError ('ShapeError') where a side has fewer than two axes, or they do not fit.
   */
  matmul(other: Tensor, transposed: MatmulOptions = {}): Tensor {
    const right = tensorOperand(this.node, 'matmul', other)
    const { transposeA = false, transposeB = false } = options('matmul', matmulChecks, transposed, {
      kind: 'TraceError',
    })
    return new Tensor(matmul(this.node, right, transposeA, transposeB))
  }
  /**
   * Convolution of maps [rows, channels, height, width] with kernels [out, channels / groups, height, width]; the options
   * are those of the module `conv`, but there is no padding by default, as in PyTorch.
   *
   * @throws UserError ('TraceError') where an option is none, ('ShapeError') where shapes do not fit.
   */
  conv2d(kernels: Tensor, given: ConvolutionOptions = {}): Tensor {
    const weight = tensorOperand(this.node, 'conv2d', kernels)
    const { bias, window } = windowFor(this.node, weight, given)
    return new Tensor(conv2d(this.node, weight, bias, window))
  }
  /** Means over size × size tiles, or `[height, width]`, of maps [rows, channels, height, width], which must divide into them. */
  averagePool(size: Sides): Tensor {
    return new Tensor(averagePool(this.node, tileFor(this.node, 'averagePool', size)))
  }
  /**
   * Largest elements of size × size tiles, or `[height, width]`, of maps [rows, channels, height, width]; what is left over
   * is not read.
   */
  maxPool(size: Sides): Tensor {
    const tile = tileFor(this.node, 'maxPool', size)
    return new Tensor(maxPool(this.node, { kernel: tile, stride: tile, padding: [0, 0], dilation: [1, 1] }))
  }
}

limitArguments(Tensor.prototype, {
  ...{
    neg: 0,
    relu: 0,
    exp: 0,
    log: 0,
    sqrt: 0,
    square: 0,
    abs: 0,
    sign: 0,
    floor: 0,
    sin: 0,
    cos: 0,
    tanh: 0,
    sigmoid: 0,
    softplus: 0,
    heaviside: 0,
    stopGradient: 0,
    detach: 0,
  },
  ...{
    add: 1,
    sub: 1,
    mul: 1,
    div: 1,
    maximum: 1,
    minimum: 1,
    greater: 1,
    greaterEqual: 1,
    less: 1,
    lessEqual: 1,
    eq: 1,
    pow: 1,
    size: 1,
    cast: 1,
    rows: 1,
    averagePool: 1,
    maxPool: 1,
    gridSample: 1,
    softmax: 1,
    logSoftmax: 1,
  },
  ...{ clamp: 2, flatten: 2, pad: 2, segmentSum: 2, matmul: 2, conv2d: 2, oneHot: 2, gather: 2, topK: 2 },
  ...{ slice: 4, cosineSimilarity: 3 },
  ...{
    reshape: Infinity,
    transpose: Infinity,
    permute: Infinity,
    broadcast: Infinity,
    sum: Infinity,
    mean: Infinity,
    amax: Infinity,
    logSumExp: Infinity,
    norm: Infinity,
  },
})

/** For values that types say are tensors, of programs whose types nobody checked. */
const aTensor = z.custom<Tensor>((value) => value instanceof Tensor, 'a tensor')

/** A tensor given to a function. */
export const tensorFor = (what: string, name: string, value: Tensor): Tensor =>
  argument(what, name, aTensor, value, { kind: 'TraceError' })

/**
 * All tensors one behind the other along an axis; negative axes count from the last. They have one type, and agree in
 * all other axes.
 *
 * @throws UserError ('TraceError') where they are no tensors, or have no such axis, ('ShapeError') where they do not fit.
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = argument('concat', 'tensors', list(aTensor, 'tensors', 1), tensors, {
    kind: 'TraceError',
  }).map(({ node }) => node)
  const [first] = nodes
  if (!first) throw new Error('concat lost its tensors')
  return new Tensor(concatNodes(nodes, axisOf(first, axis)))
}

/**
 * Elements of `yes` where the condition is true, of `no` elsewhere; all three broadcast. One of the two may be a number,
 * also an infinite one, as masks have it. Gradients reach each of them where it is chosen.
 *
 * @throws UserError ('TraceError') where neither is a tensor, ('ShapeError') where the condition is not bool, as
 * comparisons are, or types and shapes do not fit.
 */
export function where(condition: Tensor, yes: Tensor, no: Operand): Tensor
export function where(condition: Tensor, yes: number, no: Tensor): Tensor
export function where(condition: Tensor, yes: Operand, no: Operand): Tensor {
  const { node } = tensorFor('where', 'condition', condition)
  const like = [yes, no].find((value) => value instanceof Tensor)?.node
  if (!like)
    throw misuse(
      node,
      `cannot choose between ${shown(yes)} and ${shown(no)}, neither of them a tensor`,
      "give one of them as a tensor; for 1 and 0, convert the condition: .cast('float32')",
    )
  return new Tensor(whereNode(node, operand(like, 'choose', yes), operand(like, 'choose', no)))
}
