import { fourAxes } from '../base/shapes.ts'
import type { Shape } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { mul, scale } from './elementwise.ts'
import { filled } from './leaf.ts'
import { smooth } from './samples.ts'
import { reshape } from './shape.ts'
import { perOperand, reshaping } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Average-pooling of maps [rows, channels, height, width] over tiles. */

export type TileAttributes = Readonly<{ size: number }>

/** The shape of maps as tiles, [rows, channels, tile rows, size, tile columns, size], and how many tiles that is. */
export const tiles = (shape: Shape, size: number): [Shape, readonly [number, number]] => {
  const [n, channels, height, width] = fourAxes(shape)
  return [
    [n, channels, height / size, size, width / size, size],
    [height / size, width / size],
  ]
}

/** Means over size × size tiles. */
export const averagePoolOp: Op<TileAttributes> = {
  name: 'averagePool',
  traits: { ...reshaping, work: perOperand },
  infer: ([x], { size }) => {
    if (x?.shape.length !== 4) throw new Misfit('needs maps [rows, channels, height, width]')
    const [n, channels, height, width] = fourAxes(x.shape)
    if (height % size !== 0 || width % size !== 0)
      throw new Misfit(
        `a pool of ${size}×${size} does not tile a map of ${height}×${width}`,
        `choose a pool that divides both: ${divisors(height, width).join(', ')}`,
      )
    return { dtype: x.dtype, shape: [n, channels, height / size, width / size] }
  },
  gradient: (node, g) => {
    const [x] = node.inputs
    if (!x) throw new Error('averagePool lost its operand')
    const { size } = node.attributes
    const [n, channels] = fourAxes(x.shape)
    const [tiled, [rows, columns]] = tiles(x.shape, size)
    // A product with ones spreads each mean over its tile; Expand would be several times slower.
    const spread = (means: Node) =>
      mul(reshape(means, [n, channels, rows, 1, columns, 1]), filled(g.dtype, [size, 1, size], 1))
    return [() => reshape(spread(scale(g, 1 / size ** 2)), [...tiled.slice(0, 2), ...x.shape.slice(2)])]
  },
  emit: (emitter, node, [x]) => {
    const { size } = node.attributes
    return emitter.node('AveragePool', [x], node, { kernel_shape: [size, size], strides: [size, size] })
  },
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [1, 1, 2, 4], values: [1, 3, 0, 0, 2, 2, 4, 8] }],
      attributes: { size: 2 },
      expect: [2, 3],
    },
    { inputs: [smooth([2, 2, 6, 3])], attributes: { size: 3 } },
  ],
}

const divisors = (height: number, width: number): number[] =>
  Array.from({ length: Math.min(height, width) }, (_, i) => i + 1).filter(
    (n) => height % n === 0 && width % n === 0,
  )

/** Means over tiles that cover the map exactly; overlapping averages are convolutions (see `lang`). */
export const averagePool = (x: Node, size: number): Node =>
  size === 1 && x.shape.length === 4 ? x : make(averagePoolOp, [x], { size })

export const averagePoolOps = [averagePoolOp]
