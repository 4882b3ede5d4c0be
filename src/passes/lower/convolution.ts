import { convOp, inputGradientOp, isConvolution } from '../../ops/conv.ts'
import { add } from '../../ops/elementwise.ts'
import { broadcast } from '../../ops/shape.ts'
import * as columns from './columns.ts'
import { mapSize } from './rows.ts'
import { plainValue, rowsValue, type Value } from './value.ts'
import * as winograd from './winograd.ts'
import type { Form, Forms } from './form.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

const tileOf = { winograd2: 2, winograd4: 4 } as const

/** A convolution or gradient in the form chosen for it; undefined where it stays an op of ONNX. */
export function convolutionRows(node: Node, operands: readonly Value[], chosen: Forms): Value | undefined {
  const form = chosen.get(node)
  if (form === undefined || form === 'conv' || !isConvolution(node)) return undefined
  const [a, b, bias] = operands
  if (!a || !b) throw new Error(`${node.op.name} lost its operands`)
  if (node.op === convOp) return forwardRows(node, a, b, bias, form)
  if (node.op === inputGradientOp) return rowsValue(() => inputGradient(node, a, b, form), node.shape)
  return plainValue(weightGradient(node, a, b, form))
}

const planes = (maps: Value): columns.Planes =>
  maps.isRows ? columns.planesOfRows(maps.rows(), mapSize(maps.shape)) : columns.planesOfMaps(maps.plain())

function forwardRows(
  node: Node<ConvAttributes>,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  form: Exclude<Form, 'conv'>,
): Value {
  const [size, kernels] = [mapSize(x.shape), weight.plain()]
  const raw =
    form === 'columns'
      ? columns.forward(planes(x), kernels, node.attributes, size, mapSize(node.shape))
      : winograd.forward(x.rows(), kernels, node.attributes, size, tileOf[form])
  // Of all images: onnxruntime adds rows of few numbers slowly.
  const offset = bias && broadcast(bias.plain(), [x.shape[0] ?? 0, bias.shape[0] ?? 0])
  return rowsValue(() => (offset ? add(raw, offset) : raw), node.shape, { biased: { raw, bias: offset } })
}

function weightGradient(node: Node<ConvAttributes>, x: Value, g: Value, form: Exclude<Form, 'conv'>): Node {
  const size = mapSize(x.shape)
  return form === 'columns'
    ? columns.weightGradient(planes(x), g.rows(), node.attributes, size, mapSize(g.shape))
    : winograd.weightGradient(x.rows(), g.rows(), node.attributes, size, tileOf[form])
}

function inputGradient(
  node: Node<ConvAttributes>,
  g: Value,
  weight: Value,
  form: Exclude<Form, 'conv'>,
): Node {
  const size = mapSize(node.shape)
  return form === 'columns'
    ? columns.inputGradient(planes(g), weight.plain(), node.attributes, size, mapSize(g.shape))
    : winograd.inputGradient(g.rows(), weight.plain(), node.attributes, size, tileOf[form])
}
