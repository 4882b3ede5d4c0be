import { sizeOf } from '../base/shapes.ts'
import { showType } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { opaque, perResult } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/**
 * Bilinear reading of maps [rows, channels, height, width] at the points of a grid
 * [rows, out height, out width, 2] of (x, y) in -1..1, whose ends are the outer edges of the border pixels;
 * points outside read the nearest pixel. Only for views: it has no gradient, and float32 kernels alone.
 */
export const gridSampleOp: Op<Readonly<Record<string, never>>> = {
  name: 'gridSample',
  traits: { ...opaque(perResult), zeroWith: [0] },
  infer: ([x, grid]) => {
    if (x?.shape.length !== 4 || grid?.shape.length !== 4) throw new Misfit('needs maps and a grid of rank 4')
    if (x.dtype !== 'float32' || grid.dtype !== 'float32') throw new Misfit('is defined on float32 only')
    if (grid.shape[0] !== x.shape[0] || grid.shape[3] !== 2)
      throw new Misfit(`grid ${showType(grid)} should be [${sizeOf(x.shape, 0)}, height, width, 2]`)
    return { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...grid.shape.slice(1, 3)] }
  },
  emit: (emitter, node, inputs) =>
    emitter.node('GridSample', inputs, node, { mode: 'bilinear', padding_mode: 'border', align_corners: 0 }),
  samples: [
    {
      inputs: [
        { dtype: 'float32', shape: [1, 1, 1, 2], values: [2, 6] },
        { dtype: 'float32', shape: [1, 1, 3, 2], values: [-0.5, 0, 0, 0, 0.5, 0] },
      ],
      attributes: {},
      expect: [2, 4, 6],
    },
  ],
}

export const gridSample = (x: Node, grid: Node): Node => make(gridSampleOp, [x, grid], {})

export const gridSampleOps = [gridSampleOp]
