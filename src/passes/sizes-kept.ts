import { averagePoolOps } from '../ops/average-pool.ts'
import { castOps } from '../ops/cast.ts'
import { concatOps } from '../ops/concat.ts'
import { convOp } from '../ops/conv.ts'
import { elementwiseOps } from '../ops/elementwise.ts'
import { gatherOp } from '../ops/gather.ts'
import { gridSampleOps } from '../ops/grid-sample.ts'
import { matMulOps } from '../ops/matmul.ts'
import { maxPoolOp } from '../ops/pool.ts'
import { powerOps } from '../ops/power.ts'
import { reduceOps } from '../ops/reduce.ts'
import { transposeOp } from '../ops/shape.ts'
import { padOp } from '../ops/slice.ts'
import { stepOps } from '../ops/step.ts'
import { unaryOps } from '../ops/unary.ts'
import type { Op } from '../ir/node.ts'

const known: ReadonlySet<Op> = new Set<Op>([
  ...[...elementwiseOps, ...unaryOps, ...stepOps, ...powerOps, ...castOps],
  ...[...reduceOps, ...concatOps, ...matMulOps, ...averagePoolOps, ...gridSampleOps],
  ...([convOp, maxPoolOp, gatherOp, transposeOp, padOp] as Op[]),
])

/** Whether what is written of an op says nothing of the sizes of its operands: so it takes operands of any. */
export const keepsSizes = (op: Op): boolean => known.has(op)
