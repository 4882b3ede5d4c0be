import { onnxruntime } from '../runtime/session/onnxruntime.ts'
import { emitGraph } from '../src/onnx/emit.ts'
import { legalise } from '../src/passes/legalise/legalise.ts'
import { elements } from '../src/base/type.ts'
import type { Node } from '../src/ir/node.ts'
import type { DType } from '../src/base/dtype.ts'

/** Emits nodes as an ONNX graph and runs it on onnxruntime, so that tests see what users get. */

const ortType = (dtype: DType) => {
  if (dtype === 'float16') throw new Error('tests do not feed float16')
  return dtype
}

const toData = (dtype: DType, values: ArrayLike<number>) => {
  if (dtype === 'float64') return Float64Array.from(values)
  if (dtype === 'int64') return BigInt64Array.from(Array.from(values), (value) => BigInt(value))
  if (dtype === 'uint8' || dtype === 'bool') return Uint8Array.from(values)
  return Float32Array.from(values)
}

export type Evaluate = (feeds: ReadonlyMap<Node, ArrayLike<number>>) => Promise<Float64Array[]>

/**
 * A compiled function of the leaves; session options are strict about shapes, as `onnx.checker` is.
 *
 * @param fixed values of leaves that a call need not give again
 */
export async function compileNodes(
  outputs: readonly Node[],
  leaves: readonly Node[],
  fixed: ReadonlyMap<Node, ArrayLike<number>> = new Map(),
): Promise<Evaluate> {
  // Where it is needed, not where this is loaded: what lacks it is told as any mistake is.
  const { InferenceSession, Tensor } = onnxruntime()
  const inputs = leaves.map((node, i) => ({ node, name: `in${i}` }))
  const results = outputs.map((node, i) => ({ node, name: `out${i}` }))
  const graph = emitGraph(legalise({ name: 'test', description: '', inputs, outputs: results }).source)
  const session = await InferenceSession.create(graph.bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    // As the runtime does in float64: fused products are scaled by a float32 (MatMulScaleFusion, onnxruntime 1.30).
    graphOptimizationLevel: outputs.some(({ dtype }) => dtype === 'float64') ? 'disabled' : 'all',
    extra: { session: { strict_shape_type_inference: '1' } },
  })
  const tensor = ({ dtype, shape }: Node, name: string, values: ArrayLike<number> | undefined) => {
    if (values?.length !== elements(shape)) throw new Error(`no value for ${name}`)
    return new Tensor(ortType(dtype), toData(dtype, values), shape)
  }
  const kept = new Map(
    graph.inputs.flatMap(({ node, name }) =>
      fixed.has(node) ? [[node, tensor(node, name, fixed.get(node))] as const] : [],
    ),
  )
  return async (feeds) => {
    const tensors = graph.inputs.map(({ node, name }) => {
      const known = feeds.has(node) ? undefined : kept.get(node)
      return [name, known ?? tensor(node, name, feeds.get(node))] as const
    })
    const run = await session.run(Object.fromEntries(tensors))
    return results.map(({ name }) => Float64Array.from(run[name]?.data as ArrayLike<number | bigint>, Number))
  }
}
