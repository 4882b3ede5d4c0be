import { addAtOps } from './add-at.ts'
import { averagePoolOps } from './average-pool.ts'
import { castOps } from './cast.ts'
import { concatOps } from './concat.ts'
import { convOps } from './conv.ts'
import { elementwiseOps } from './elementwise.ts'
import { gatherOps } from './gather.ts'
import { gemmOps } from './gemm.ts'
import { gridSampleOps } from './grid-sample.ts'
import { leafOps } from './leaf.ts'
import { loopOps } from './loop.ts'
import { matMulOps } from './matmul.ts'
import { placeOps } from './places.ts'
import { poolOps } from './pool.ts'
import { powerOps } from './power.ts'
import { reduceOps } from './reduce.ts'
import { shapeOps } from './shape.ts'
import { shardOps } from './shards.ts'
import { sizedOps } from './sized.ts'
import { sliceOps } from './slice.ts'
import { stepOps } from './step.ts'
import { stopOps } from './stop.ts'
import { topOps } from './top.ts'
import { trigonometryOps } from './trigonometry.ts'
import { unaryOps } from './unary.ts'
import type { Op } from '../ir/node.ts'

/** Ops of the language: what programs are traced to, and their gradients. */
export const languageOps: readonly Op[] = [
  ...leafOps,
  ...castOps,
  ...elementwiseOps,
  ...unaryOps,
  ...trigonometryOps,
  ...stepOps,
  ...powerOps,
  ...reduceOps,
  ...topOps,
  ...shapeOps,
  ...sliceOps,
  ...concatOps,
  ...gatherOps,
  ...addAtOps,
  ...matMulOps,
  ...convOps,
  ...poolOps,
  ...averagePoolOps,
  ...gridSampleOps,
  ...stopOps,
]

/** Every op; tests iterate over it. Lowering makes the last ones, which therefore have no gradients. */
export const opTable: readonly Op[] = [
  ...languageOps,
  ...gemmOps,
  ...loopOps,
  ...placeOps,
  ...sizedOps,
  ...shardOps,
]
