import { fourAxes } from '../base/shapes.ts'
import type { Shape } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { mul, scale } from './elementwise.ts'
import { filled } from './leaf.ts'
import { smooth } from './samples.ts'
import { reshape } from './shape.ts'
import { perOperand, reshaping } from './traits.ts'
import type { Pair } from './window.ts'
import type { Node, Op } from '../ir/node.ts'

/** Average-pooling of maps [rows, channels, height, width] over tiles. */

/** One number of tiles that are squares. */
export type TileAttributes = Readonly<{ size: number | Pair }>

export const sidesOfTile = ({ size }: TileAttributes): Pair =>
  typeof size === 'number' ? [size, size] : size

/** The shape of maps as tiles, [rows, channels, tile rows, height, tile columns, width], and how many tiles that is. */
export const tiles = (shape: Shape, [down, across]: Pair): [Shape, readonly [number, number]] => {
  const [n, channels, height, width] = fourAxes(shape)
  return [
    [n, channels, height / down, down, width / across, across],
    [height / down, width / across],
  ]
}

/** Means over tiles. */
export const averagePoolOp: Op<TileAttributes> = {
  name: 'averagePool',
  traits: { ...reshaping, work: perOperand },
  infer: ([x], attributes) => {
    if (x?.shape.length !== 4) throw new Misfit('needs maps [rows, channels, height, width]')
    const [n, channels, height, width] = fourAxes(x.shape)
    const [down, across] = sidesOfTile(attributes)
    if (height % down !== 0 || width % across !== 0)
      throw new Misfit(
        `a pool of ${down}×${across} does not tile a map of ${height}×${width}`,
        down === across
          ? `choose a pool that divides both: ${divisors(height, width).join(', ')}`
          : 'choose [height, width] that divide those of the map',
      )
    return { dtype: x.dtype, shape: [n, channels, height / down, width / across] }
  },
  gradient: (node, g) => {
    const [x] = node.inputs
    if (!x) throw new Error('averagePool lost its operand')
    const [down, across] = sidesOfTile(node.attributes)
    const [n, channels] = fourAxes(x.shape)
    const [tiled, [rows, columns]] = tiles(x.shape, [down, across])
    // A product with ones spreads each mean over its tile; Expand would be several times slower.
    const spread = (means: Node) =>
      mul(reshape(means, [n, channels, rows, 1, columns, 1]), filled(g.dtype, [down, 1, across], 1))
    return [() => reshape(spread(scale(g, 1 / (down * across))), [...tiled.slice(0, 2), ...x.shape.slice(2)])]
  },
  emit: (emitter, node, [x]) => {
    const size = sidesOfTile(node.attributes)
    return emitter.node('AveragePool', [x], node, { kernel_shape: size, strides: size })
  },
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [1, 1, 2, 4], values: [1, 3, 0, 0, 2, 2, 4, 8] }],
      attributes: { size: 2 },
      expect: [2, 3],
    },
    { inputs: [smooth([2, 2, 6, 3])], attributes: { size: 3 } },
    { inputs: [smooth([2, 2, 2, 6])], attributes: { size: [1, 3] } },
  ],
}

const divisors = (height: number, width: number): number[] =>
  Array.from({ length: Math.min(height, width) }, (_, i) => i + 1).filter(
    (n) => height % n === 0 && width % n === 0,
  )

/** Means over tiles that cover the map exactly; overlapping averages are convolutions (see `lang`). */
export const averagePool = (x: Node, [down, across]: Pair): Node => {
  if (down === 1 && across === 1 && x.shape.length === 4) return x
  return make(averagePoolOp, [x], { size: down === across ? down : [down, across] })
}

export const averagePoolOps = [averagePoolOp]
