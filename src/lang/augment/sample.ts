import { fourAxes } from '../../base/shapes.ts'
import { gridSample } from '../../ops/grid-sample.ts'
import { concat, Tensor } from '../tensor.ts'

/**
 * Reads images [rows, channels, height, width] at points, x and y in pixels, each [rows, height or 1, width or 1];
 * between pixels bilinearly, and the nearest beyond the border.
 */
export function sampled(images: Tensor, x: Tensor, y: Tensor): Tensor {
  const [rows, , height, width] = fourAxes(images.shape)
  // Of a grid, the image's outer edges are -1 and 1.
  const normalised = (places: Tensor, size: number) =>
    places
      .mul(2 / size)
      .add(1 / size - 1)
      .broadcast(rows, height, width)
      .reshape(rows, height, width, 1)
  const grid = concat([normalised(x, width), normalised(y, height)], 3)
  return new Tensor(gridSample(images.node, grid.node))
}
