import { mapSize, sizeOf } from '../../base/shapes.ts'
import { convOp, inputGradientOp, isConvolution } from '../../ops/conv.ts'
import { add } from '../../ops/elementwise.ts'
import { broadcast } from '../../ops/shape.ts'
import * as columns from './columns.ts'
import { plainValue, rowsValue, type Value } from '../pixel-major/value.ts'
import * as winograd from './winograd.ts'
import type { Algorithm } from '../../bundle/lowerings.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

const tileOf = { winograd2: 2, winograd4: 4 } as const

/** How the convolutions of a graph, and gradients of them, are computed. */
export type Algorithms = ReadonlyMap<Node, Algorithm>

/** A convolution or gradient by the algorithm chosen for it; undefined where it stays an op of ONNX. */
export function convolutionRows(
  node: Node,
  operands: readonly Value[],
  chosen: Algorithms,
): Value | undefined {
  const algorithm = chosen.get(node)
  if (algorithm === undefined || algorithm === 'conv' || !isConvolution(node)) return undefined
  const [a, b, bias] = operands
  if (!a || !b) throw new Error(`${node.op.name} lost its operands`)
  if (node.op === convOp) return forwardRows(node, a, b, bias, algorithm)
  if (node.op === inputGradientOp) return rowsValue(() => inputGradient(node, a, b, algorithm), node.shape)
  return plainValue(weightGradient(node, a, b, algorithm))
}

const planes = (maps: Value): columns.Planes =>
  maps.isRows ? columns.planesOfRows(maps.rows(), mapSize(maps.shape)) : columns.planesOfMaps(maps.plain())

function forwardRows(
  node: Node<ConvAttributes>,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  algorithm: Exclude<Algorithm, 'conv'>,
): Value {
  const [size, kernels] = [mapSize(x.shape), weight.plain()]
  const raw =
    algorithm === 'columns'
      ? columns.forward(planes(x), kernels, node.attributes, size, mapSize(node.shape))
      : winograd.forward(x.rows(), kernels, node.attributes, size, tileOf[algorithm])
  // Of all images: onnxruntime adds rows of few numbers slowly.
  const offset = bias && broadcast(bias.plain(), [sizeOf(x.shape, 0), sizeOf(bias.shape, 0)])
  return rowsValue(() => (offset ? add(raw, offset) : raw), node.shape, { biased: { raw, bias: offset } })
}

function weightGradient(
  node: Node<ConvAttributes>,
  x: Value,
  g: Value,
  algorithm: Exclude<Algorithm, 'conv'>,
): Node {
  const size = mapSize(x.shape)
  return algorithm === 'columns'
    ? columns.weightGradient(planes(x), g.rows(), node.attributes, size, mapSize(g.shape))
    : winograd.weightGradient(x.rows(), g.rows(), node.attributes, size, tileOf[algorithm])
}

function inputGradient(
  node: Node<ConvAttributes>,
  g: Value,
  weight: Value,
  algorithm: Exclude<Algorithm, 'conv'>,
): Node {
  const size = mapSize(node.shape)
  return algorithm === 'columns'
    ? columns.inputGradient(planes(g), weight.plain(), node.attributes, size, mapSize(g.shape))
    : winograd.inputGradient(g.rows(), weight.plain(), node.attributes, size, tileOf[algorithm])
}
