import { isFloat } from '../base/dtype.ts'
import { scalar } from './leaf.ts'
import { Misfit, make } from './define.ts'
import { equal, mul, scale, where } from './elementwise.ts'
import { opaque, perResult } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

type PowerAttributes = Readonly<{ exponent: number }>

/** Where x is 0 and the exponent below 1 there is no finite gradient; 0 stands for it, as after a ReLU. */
export const powerOp: Op<PowerAttributes> = {
  name: 'power',
  traits: opaque(perResult),
  infer: ([x]) => {
    if (!x) throw new Misfit('needs one operand')
    if (!isFloat(x.dtype)) throw new Misfit(`is not defined on ${x.dtype}`, `convert first: .cast('float32')`)
    return x
  },
  gradient: (node, g) => {
    const [x] = node.inputs
    if (!x) throw new Error('power lost its operand')
    const { exponent } = node.attributes
    const slope = () => scale(power(x, exponent - 1), exponent)
    const zero = scalar(x.dtype, 0)
    return [() => mul(g, exponent < 1 ? where(equal(x, zero), zero, slope()) : slope())]
  },
  emit: (emitter, node, [x]) =>
    emitter.node(
      'Pow',
      [x, emitter.constant({ dtype: node.dtype, shape: [] }, [node.attributes.exponent])],
      node,
    ),
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [3], values: [0, 4, 9] }],
      attributes: { exponent: 0.5 },
      expect: [0, 2, 3],
    },
    {
      inputs: [{ dtype: 'float64', shape: [3], values: [-2, 0, 3] }],
      attributes: { exponent: 3 },
      expect: [-8, 0, 27],
    },
    { inputs: [{ dtype: 'float64', shape: [2, 3], range: 'positive' }], attributes: { exponent: 0.7 } },
    { inputs: [{ dtype: 'float64', shape: [2, 3], range: 'positive' }], attributes: { exponent: 1.4 } },
    { inputs: [{ dtype: 'float64', shape: [2, 3], range: 'smooth' }], attributes: { exponent: 2 } },
  ],
}

/** x to a fixed power; NaN where x is negative and the exponent no whole number. */
export const power = (x: Node, exponent: number): Node =>
  exponent === 1 ? x : make(powerOp, [x], { exponent })

export const powerOps = [powerOp]
