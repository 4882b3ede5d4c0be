import { elements, type Type } from '../ir/type.ts'
import { onnxType } from './cast.ts'
import { poolAttributes } from './pool.ts'
import type { Emitter, Value } from '../ir/emitter.ts'
import type { Node } from '../ir/node.ts'
import type { Window } from './window.ts'

/** Windows that overlap or leave a border: the positions of the maxima, then a sum into place. */
export function maxGradientByIndex(
  emitter: Emitter,
  node: Node<Window>,
  pooled: Type,
  x: Value,
  g: Value,
): Value {
  const [size, count] = [elements(node.shape), elements(pooled.shape)]
  const flat = (value: Value, dtype: Type['dtype']) =>
    emitter.node('Reshape', [value, emitter.integers([count])], { dtype, shape: [count] })
  const positions = emitter.second(
    'MaxPool',
    [x],
    pooled,
    { dtype: 'int64', shape: pooled.shape },
    poolAttributes(node.attributes),
  )
  const line: Type = { dtype: node.dtype, shape: [size] }
  const zeros = emitter.node(
    'Expand',
    [emitter.constant({ ...line, shape: [1] }, [0]), emitter.integers([size])],
    line,
  )
  const scattered = [zeros, flat(positions, 'int64'), flat(g, node.dtype)]
  const summed = emitter.node('ScatterElements', scattered, line, { axis: 0, reduction: 'add' })
  return emitter.node('Reshape', [summed, emitter.integers(node.shape)], node)
}

/**
 * Windows that tile the map: the pixels at one place of all windows (a phase) are a strided slice. Phase by
 * phase, what is left of the gradient goes where the pixel equals the maximum; the last phase takes the rest.
 */
export function maxGradientByPhase(
  emitter: Emitter,
  node: Node<Window>,
  pooled: Type,
  x: Value,
  y: Value,
  g: Value,
): Value {
  const [kh = 1, kw = 1] = node.attributes.kernel
  const [n = 0, channels = 0, rows = 0, columns = 0] = pooled.shape
  const ends = emitter.integers(node.shape.slice(2))
  const hits = (i: number, j: number): Value => {
    const window = [emitter.integers([i, j]), ends, emitter.integers([2, 3]), emitter.integers([kh, kw])]
    const phase = emitter.node('Slice', [x, ...window], pooled)
    const equal = emitter.node('Equal', [phase, y], { dtype: 'bool', shape: pooled.shape })
    return emitter.node('Cast', [equal], pooled, { to: onnxType[node.dtype] })
  }
  const flat = n * channels
  const phaseType: Type = { dtype: node.dtype, shape: [flat, 1, rows, columns] }
  const shares: Value[] = []
  let rest = g
  for (let phase = 0; phase < kh * kw; phase++) {
    const last = phase === kh * kw - 1
    const share = last ? rest : emitter.node('Mul', [rest, hits(Math.floor(phase / kw), phase % kw)], pooled)
    if (!last) rest = emitter.node('Sub', [rest, share], pooled)
    shares.push(emitter.node('Reshape', [share, emitter.integers(phaseType.shape)], phaseType))
  }
  const stacked: Type = { dtype: node.dtype, shape: [flat, kh * kw, rows, columns] }
  const joined = emitter.node('Concat', shares, stacked, { axis: 1 })
  const woven = weave(emitter, node, joined, stacked)
  return emitter.node('Reshape', [woven, emitter.integers(node.shape)], node)
}

/**
 * Phases [maps, kh · kw, rows, columns] to whole maps. A transposed convolution whose kernels each have a
 * single one does it in a fifth of the time of a six-axis Transpose, but exists in float32 only.
 */
function weave(emitter: Emitter, node: Node<Window>, joined: Value, { shape }: Type): Value {
  const [kh = 1, kw = 1] = node.attributes.kernel
  const [flat = 0, phases = 0, rows = 0, columns = 0] = shape
  const maps: Type = { dtype: node.dtype, shape: [flat, 1, rows * kh, columns * kw] }
  if (node.dtype === 'float32') {
    const ones = Array.from({ length: phases * phases }, (_, i) => (i % (phases + 1) === 0 ? 1 : 0))
    const kernels = emitter.constant({ dtype: node.dtype, shape: [phases, 1, kh, kw] }, ones)
    return emitter.node('ConvTranspose', [joined, kernels], maps, {
      kernel_shape: [kh, kw],
      strides: [kh, kw],
    })
  }
  const split: Type = { dtype: node.dtype, shape: [flat, kh, kw, rows, columns] }
  const tiles: Type = { dtype: node.dtype, shape: [flat, rows, kh, columns, kw] }
  const cells = emitter.node('Reshape', [joined, emitter.integers(split.shape)], split)
  return emitter.node('Transpose', [cells], tiles, { perm: [0, 3, 1, 4, 2] })
}
