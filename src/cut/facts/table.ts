import { elementwiseTransfers } from './elementwise.ts'
import { of, plain, type Transfer } from './facts.ts'
import { gatherTransfers } from './gather.ts'
import { productTransfers } from './products.ts'
import { shapeTransfers } from './shape.ts'
import { constantOp, inputOp } from '../../ops/leaf.ts'
import type { Op } from '../../ir/node.ts'

/** A transfer function for every op of the language; inputs are told apart by whoever knows what they hold. */
export const transfers: ReadonlyMap<Op, Transfer> = new Map([
  of(inputOp, ({ shape }) => plain(shape)),
  of(constantOp, ({ shape }) => plain(shape)),
  ...elementwiseTransfers,
  ...shapeTransfers,
  ...gatherTransfers,
  ...productTransfers,
])
