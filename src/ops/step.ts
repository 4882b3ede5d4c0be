import { isFloat } from '../base/dtype.ts'
import { Misfit, make, notEmitted } from './define.ts'
import { elementwise, nearly } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/**
 * 1 where x ≥ 0, else 0, in the type of x. In float32 one saturating pass, as `heaviside`; a negative number
 * nearer to 0 than 3e-39 comes out between 0 and 1.
 */
export const notNegativeOp: Op<Readonly<Record<string, never>>> = {
  name: 'notNegative',
  traits: elementwise(nearly((x) => (x >= 0 ? 1 : 0))),
  infer: ([x]) => {
    if (!x || !isFloat(x.dtype)) throw new Misfit('needs one operand of real numbers')
    return x
  },
  gradient: () => [undefined],
  emit: (emitter, node, [x]) =>
    node.dtype === 'float32'
      ? emitter.node('HardSigmoid', [x], node, { alpha: { float: 3.4e38 }, beta: { float: 1 } })
      : notEmitted(emitter, node),
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [3], values: [-1, 0, 2] }],
      attributes: {},
      expect: [0, 1, 1],
    },
  ],
}

/** 1 where x = 0, else 0, in the type of x. In float32 two passes; for whole numbers exact. */
export const isZeroOp: Op<Readonly<Record<string, never>>> = {
  name: 'isZero',
  traits: elementwise(nearly((x) => (x === 0 ? 1 : 0))),
  infer: ([x]) => {
    if (!x || !isFloat(x.dtype)) throw new Misfit('needs one operand of real numbers')
    return x
  },
  gradient: () => [undefined],
  emit: (emitter, node, [x]) =>
    node.dtype === 'float32'
      ? emitter.node('HardSigmoid', [emitter.node('Abs', [x], node)], node, {
          alpha: { float: -3.4e38 },
          beta: { float: 1 },
        })
      : notEmitted(emitter, node),
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [3], values: [-1, 0, 2] }],
      attributes: {},
      expect: [0, 1, 0],
    },
  ],
}

export const notNegative = (x: Node): Node => make(notNegativeOp, [x], {})
export const isZero = (x: Node): Node => make(isZeroOp, [x], {})

export const stepOps = [notNegativeOp, isZeroOp]
