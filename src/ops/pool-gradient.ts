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
  const phaseType: Type = { dtype: node.dtype, shape: [1, n, channels, rows, columns] }
  const shares: Value[] = []
  let rest = g
  for (let phase = 0; phase < kh * kw; phase++) {
    const last = phase === kh * kw - 1
    const share = last ? rest : emitter.node('Mul', [rest, hits(Math.floor(phase / kw), phase % kw)], pooled)
    if (!last) rest = emitter.node('Sub', [rest, share], pooled)
    shares.push(emitter.node('Reshape', [share, emitter.integers(phaseType.shape)], phaseType))
  }
  const stacked: Type = { dtype: node.dtype, shape: [kh, kw, n, channels, rows, columns] }
  const joined = emitter.node(
    'Concat',
    shares,
    { ...stacked, shape: [kh * kw, ...pooled.shape] },
    { axis: 0 },
  )
  const split = emitter.node('Reshape', [joined, emitter.integers(stacked.shape)], stacked)
  const tiles: Type = { dtype: node.dtype, shape: [n, channels, rows, kh, columns, kw] }
  const woven = emitter.node('Transpose', [split], tiles, { perm: [2, 3, 4, 0, 5, 1] })
  return emitter.node('Reshape', [woven, emitter.integers(node.shape)], node)
}
