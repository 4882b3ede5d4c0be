import { mapSize, sizeOf } from '../../base/shapes.ts'
import { convOp, inputGradientOp, isConvolution } from '../../ops/conv.ts'
import { add } from '../../ops/elementwise.ts'
import { broadcast } from '../../ops/shape.ts'
import * as columns from './columns.ts'
import { plainValue, pixelMajorValue, type LayoutValue } from '../pixel-major/layout-value.ts'
import * as winograd from './winograd.ts'
import type { Algorithm } from '../../bundle/lowerings.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

const tileOf = { winograd2: 2, winograd4: 4 } as const

/** How the convolutions of a graph, and gradients of them, are computed. */
export type Algorithms = ReadonlyMap<Node, Algorithm>

/** A convolution or gradient by the algorithm chosen for it; undefined where it stays an op of ONNX. */
export function lowerConvolution(
  node: Node,
  operands: readonly LayoutValue[],
  { algorithms: chosen, mostKept }: { readonly algorithms: Algorithms; readonly mostKept: number },
): LayoutValue | undefined {
  const algorithm = chosen.get(node)
  if (algorithm === undefined || algorithm === 'conv' || !isConvolution(node)) return undefined
  const [a, b, bias] = operands
  if (!a || !b) throw new Error(`${node.op.name} lost its operands`)
  if (node.op === convOp) return lowerForward(node, a, b, bias, algorithm)
  if (node.op === inputGradientOp)
    return pixelMajorValue(() => inputGradient(node, a, b, algorithm), node.shape)
  return plainValue(weightGradient(node, [a, b], algorithm, mostKept))
}

const planes = (maps: LayoutValue): columns.Planes =>
  maps.isPixelMajor
    ? columns.planesOfPixelMajor(maps.pixelMajor(), mapSize(maps.shape))
    : columns.planesOfMaps(maps.plain())

function lowerForward(
  node: Node<ConvAttributes>,
  x: LayoutValue,
  weight: LayoutValue,
  bias: LayoutValue | undefined,
  algorithm: Exclude<Algorithm, 'conv'>,
): LayoutValue {
  const [size, kernels] = [mapSize(x.shape), weight.plain()]
  const raw =
    algorithm === 'columns'
      ? columns.forward(planes(x), kernels, node.attributes, size, mapSize(node.shape))
      : winograd.forward(x.pixelMajor(), kernels, node.attributes, size, tileOf[algorithm])
  // Of all images: onnxruntime adds rows of few numbers slowly.
  const offset = bias && broadcast(bias.plain(), [sizeOf(x.shape, 0), sizeOf(bias.shape, 0)])
  return pixelMajorValue(() => (offset ? add(raw, offset) : raw), node.shape, {
    biased: { raw, bias: offset },
  })
}

function weightGradient(
  node: Node<ConvAttributes>,
  [x, g]: readonly [LayoutValue, LayoutValue],
  algorithm: Exclude<Algorithm, 'conv'>,
  mostKept: number,
): Node {
  const size = mapSize(x.shape)
  return algorithm === 'columns'
    ? columns.weightGradient(planes(x), g.pixelMajor(), node.attributes, [size, mapSize(g.shape)], mostKept)
    : winograd.weightGradient(
        x.pixelMajor(),
        g.pixelMajor(),
        node.attributes,
        size,
        tileOf[algorithm],
        mostKept,
      )
}

function inputGradient(
  node: Node<ConvAttributes>,
  g: LayoutValue,
  weight: LayoutValue,
  algorithm: Exclude<Algorithm, 'conv'>,
): Node {
  const size = mapSize(node.shape)
  return algorithm === 'columns'
    ? columns.inputGradient(planes(g), weight.plain(), node.attributes, size, mapSize(g.shape))
    : winograd.inputGradient(g.pixelMajor(), weight.plain(), node.attributes, size, tileOf[algorithm])
}
