import { elementwiseTransfers } from './elementwise.ts'
import { plain, type Transfer } from './facts.ts'
import { gatherTransfers } from './gather.ts'
import { productTransfers } from './products.ts'
import { shapeTransfers } from './shape.ts'

/** A transfer function for every op, by its name; inputs are told apart by whoever knows what they hold. */
export const transfers: Readonly<Record<string, Transfer>> = {
  input: ({ shape }) => plain(shape),
  constant: ({ shape }) => plain(shape),
  ...elementwiseTransfers,
  ...shapeTransfers,
  ...gatherTransfers,
  ...productTransfers,
}
