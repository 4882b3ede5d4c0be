import { convOp } from '../ops/conv.ts'
import { anyBatch } from './any-batch.ts'
import { legalise } from './legalise/legalise.ts'
import { share } from './rewrite/share.ts'
import { simplify } from './simplify/simplify.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { Op } from '../ir/node.ts'

/** Convolutions of others are Conv, however small their maps: any runtime has it, and knows best how to compute it. */
const asOthers: ReadonlySet<Op> = new Set<Op>([convOp])

/** onnxruntime has no Conv in float64. */
const kept = ({ inputs }: GraphSource): ReadonlySet<Op> =>
  inputs.some(({ node }) => node.dtype === 'float64') ? new Set() : asOthers

const plain = (source: GraphSource): GraphSource =>
  legalise(share(simplify(share(source))), kept(source)).source

/**
 * One graph for any number of images, of short standard ops, of two examples.
 *
 * @param twice the same with twice as many images
 * @param batch images of the first
 * @throws FixedBatch where no graph is the same for all
 */
export const anyBatchGraph = (
  { name, description, inputs, outputs }: GraphSource,
  twice: Pick<GraphSource, 'inputs' | 'outputs'>,
  batch: number,
): GraphSource =>
  anyBatch(
    plain({ name, description, inputs, outputs }),
    plain({ name, description, inputs: twice.inputs, outputs: twice.outputs }),
    batch,
  )
