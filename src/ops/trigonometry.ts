import { mul } from './elementwise.ts'
import { make } from './define.ts'
import { nearly } from './traits.ts'
import { neg, unaryOp } from './unary.ts'
import type { Node } from '../ir/node.ts'

/** Sine and cosine of angles in radians. */

export const sinOp = unaryOp('sin', 'Sin', nearly(Math.sin), (x, _y, g) => mul(g, cos(x)), [
  [0, Math.PI / 2],
  [0, 1],
])
export const cosOp = unaryOp('cos', 'Cos', nearly(Math.cos), (x, _y, g) => neg(mul(g, sin(x))), [
  [0, Math.PI],
  [1, -1],
])

export const sin = (x: Node): Node => make(sinOp, [x], {})
export const cos = (x: Node): Node => make(cosOp, [x], {})

export const trigonometryOps = [sinOp, cosOp]
