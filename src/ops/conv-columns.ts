import { elements, type Shape, type Type } from '../base/type.ts'
import { windowIndices } from './window.ts'
import type { Value } from '../ir/emitter.ts'
import type { Emitter, Node } from '../ir/node.ts'
import type { ConvAttributes, InputGradientAttributes } from './window.ts'

/**
 * Convolution as one matrix product over gathered columns ("im2col"): it exists in float64, where onnxruntime
 * has no Conv kernel, and it is the fast form of the weight gradient. The batch is the innermost axis while
 * columns are gathered, so that every index moves one contiguous run and the index table does not grow with
 * the batch.
 */

/** A chain of ONNX nodes on one value, its shape tracked. */
class Chain {
  readonly value: Value
  readonly type: Type
  readonly emitter: Emitter

  constructor(emitter: Emitter, value: Value, type: Type) {
    this.emitter = emitter
    this.value = value
    this.type = type
  }
  private next(value: Value, shape: Shape) {
    return new Chain(this.emitter, value, { dtype: this.type.dtype, shape })
  }
  transpose(perm: readonly number[]) {
    const shape = perm.map((axis) => this.type.shape[axis] ?? 0)
    return this.next(this.emitter.node('Transpose', [this.value], { ...this.type, shape }, { perm }), shape)
  }
  reshape(shape: Shape) {
    const type = { ...this.type, shape }
    return this.next(this.emitter.node('Reshape', [this.value, this.emitter.integers(shape)], type), shape)
  }
  pad(before: readonly number[], after: readonly number[]) {
    if ([...before, ...after].every((n) => n === 0)) return this
    const shape = this.type.shape.map((size, axis) => size + (before[axis] ?? 0) + (after[axis] ?? 0))
    const pads = this.emitter.integers([...before, ...after])
    return this.next(this.emitter.node('Pad', [this.value, pads], { ...this.type, shape }), shape)
  }
  gather(indices: readonly number[], axis: number) {
    const shape = this.type.shape.map((size, i) => (i === axis ? indices.length : size))
    const value = this.emitter.node(
      'Gather',
      [this.value, this.emitter.integers(indices)],
      { ...this.type, shape },
      { axis },
    )
    return this.next(value, shape)
  }
  matmul(right: Chain) {
    const shape = [...this.type.shape.slice(0, -1), right.type.shape.at(-1) ?? 0]
    return this.next(this.emitter.node('MatMul', [this.value, right.value], { ...this.type, shape }), shape)
  }
  add(right: Chain) {
    return this.next(this.emitter.node('Add', [this.value, right.value], this.type), this.type.shape)
  }
}

const chain = (emitter: Emitter, value: Value | undefined, node: Node | undefined): Chain => {
  if (value === undefined || !node) throw new Error('a convolution lost its operands')
  return new Chain(emitter, value, node)
}

/** Maps [N, C, H, W] to columns [groups, C/groups · taps, outputs · N]. */
function columns(maps: Chain, attributes: ConvAttributes, size: readonly [number, number]): Chain {
  const [n = 0, channels = 0, height = 0, width = 0] = maps.type.shape
  const [ph = 0, pw = 0] = attributes.padding
  const pointwise = attributes.kernel.every((k) => k === 1) && size[0] === height && size[1] === width
  const rows = maps.transpose([1, 2, 3, 0]).pad([0, ph, pw, 0], [0, ph, pw, 0])
  const flat = rows.reshape([channels, (height + 2 * ph) * (width + 2 * pw), n])
  const gathered = pointwise ? flat : flat.gather(windowIndices(attributes, width + 2 * pw, size), 1)
  const taps = elements(attributes.kernel)
  return gathered.reshape([attributes.groups, (channels / attributes.groups) * taps, size[0] * size[1] * n])
}

/** [groups, out/groups, outputs · N] back to maps [N, out, H, W]. */
const toMaps = (product: Chain, [n = 0, out = 0, height = 0, width = 0]: Shape): Chain =>
  product.reshape([out, height, width, n]).transpose([3, 0, 1, 2])

const mapSize = (shape: Shape): [number, number] => [shape[2] ?? 0, shape[3] ?? 0]

export function convByColumns(emitter: Emitter, node: Node<ConvAttributes>, inputs: readonly Value[]): Value {
  const x = chain(emitter, inputs[0], node.inputs[0])
  const weight = chain(emitter, inputs[1], node.inputs[1])
  const { groups } = node.attributes
  const [out = 0, perGroup = 0, ...kernel] = weight.type.shape
  const kernels = weight.reshape([groups, out / groups, perGroup * elements(kernel)])
  const maps = toMaps(kernels.matmul(columns(x, node.attributes, mapSize(node.shape))), node.shape)
  if (inputs[2] === undefined) return maps.value
  return maps.add(chain(emitter, inputs[2], node.inputs[2]).reshape([1, out, 1, 1])).value
}

/** dW = g · columnsᵀ, one product over all rows and positions. */
export function weightGradientByColumns(
  emitter: Emitter,
  node: Node<ConvAttributes>,
  inputs: readonly Value[],
): Value {
  const x = chain(emitter, inputs[0], node.inputs[0])
  const g = chain(emitter, inputs[1], node.inputs[1])
  const { groups } = node.attributes
  const [n = 0, out = 0, height = 0, width = 0] = g.type.shape
  const cols = columns(x, node.attributes, [height, width])
  const ups = g.transpose([1, 2, 3, 0]).reshape([groups, out / groups, height * width * n])
  if (groups > 1) return ups.matmul(cols.transpose([0, 2, 1])).reshape(node.shape).value
  const left = ups.reshape([out, height * width * n])
  const right = cols.reshape(cols.type.shape.slice(1))
  const shape = [out, right.type.shape[0] ?? 0]
  const product = emitter.node('Gemm', [left.value, right.value], { dtype: node.dtype, shape }, { transB: 1 })
  return new Chain(emitter, product, { dtype: node.dtype, shape }).reshape(node.shape).value
}

/**
 * A stride-1 convolution of the gradient with the flipped kernels, channels swapped. Strides are undone while
 * gathering: positions between the gradient's rows read a zero that is appended to the map.
 */
export function inputGradientByColumns(
  emitter: Emitter,
  node: Node<InputGradientAttributes>,
  inputs: readonly Value[],
): Value {
  const g = chain(emitter, inputs[0], node.inputs[0])
  const weight = chain(emitter, inputs[1], node.inputs[1])
  const { groups, kernel, input } = node.attributes
  const [n = 0, out = 0, height = 0, width = 0] = g.type.shape
  const [, perGroup = 0] = weight.type.shape
  const taps = elements(kernel)
  const withZero = g
    .transpose([1, 2, 3, 0])
    .reshape([out, height * width, n])
    .pad([0, 0, 0], [0, 1, 0])
  const indices = adjointIndices(node.attributes, [height, width])
  const cols = withZero.gather(indices, 1).reshape([groups, (out / groups) * taps, elements(input) * n])
  const kernels = weight
    .reshape([groups, out / groups, perGroup, taps])
    .transpose([0, 2, 1, 3])
    .reshape([groups, perGroup, (out / groups) * taps])
  return toMaps(kernels.matmul(cols), node.shape).value
}

/** For each tap and input position, the output position that read it through that tap; else the zero's. */
function adjointIndices(
  { kernel, stride, padding, dilation, input }: InputGradientAttributes,
  [height, width]: readonly [number, number],
): number[] {
  const zero = height * width
  const source = (axis: number, position: number, tap: number, size: number): number => {
    const offset = position + (padding[axis] ?? 0) - tap * (dilation[axis] ?? 1)
    const step = stride[axis] ?? 1
    return offset >= 0 && offset % step === 0 && offset / step < size ? offset / step : -1
  }
  const [kh = 1, kw = 1] = kernel
  const [rows = 0, cols = 0] = input
  const indices: number[] = []
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < cols; column++) {
          const [r, c] = [source(0, row, i, height), source(1, column, j, width)]
          indices.push(r < 0 || c < 0 ? zero : r * width + c)
        }
  return indices
}
