import { fourAxes } from '../../base/shapes.ts'
import { gridSample } from '../../ops/grid-sample.ts'
import { concat, Tensor, where } from '../tensor.ts'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { flag, range } from '../kinds.ts'
import { between, coin, pixels, type Range, type Transform, transform } from './transform.ts'

export interface CropOptions {
  /** Areas, as fractions of the image's. */
  readonly scale?: Range
  /** Aspect ratios, width / height in pixels. */
  readonly ratio?: Range
  /** Mirror half of the rows left to right; default true. */
  readonly flip?: boolean
}

const cropChecks: Checks<CropOptions> = {
  scale: range(0, 1, { above: true }).optional(),
  ratio: range(0, Infinity, { above: true }).optional(),
  flip: flag.optional(),
}

/**
 * A crop of random area (`scale`, fractions of the image) and aspect ratio, resized to the whole image, and a
 * horizontal flip for half of the rows; bilinear. As torchvision's RandomResizedCrop, but a crop that would
 * be longer than the image is clamped to it instead of being drawn again.
 */
export function randomResizedCrop(options: CropOptions = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('randomResizedCrop', extra)
  const {
    scale = [0.08, 1],
    ratio = [3 / 4, 4 / 3],
    flip = true,
  } = checked('randomResizedCrop', cropChecks, options)
  return transform({
    name: 'crop',
    apply: (images, draw) => {
      const [rows, , height, width] = fourAxes(images.shape)
      const area = between(draw('area'), scale)
      const aspect = between(draw('aspect'), [Math.log(ratio[0]), Math.log(ratio[1])]).exp()
      // Fractions of the image's sides; the aspect ratio is that of the crop in pixels.
      const across = area
        .mul(aspect)
        .sqrt()
        .mul(Math.sqrt(height / width))
        .minimum(1)
      const down = area
        .div(aspect)
        .sqrt()
        .mul(Math.sqrt(width / height))
        .minimum(1)
      // Grid coordinates run from -1 to 1; a crop of share s may be centred within ±(1 - s).
      const centre = (share: Tensor, place: Tensor) =>
        share
          .neg()
          .add(1)
          .mul(between(place, [-1, 1]))
      const side = flip ? between(draw('flip').less(0.5).cast('float32'), [-1, 1]) : undefined
      const line = (size: number) =>
        pixels(size)
          .mul(2 / size)
          .add(1 / size - 1)
      const points = (share: Tensor, middle: Tensor, size: number) =>
        line(size).reshape(1, size).mul(share.reshape(rows, 1)).add(middle.reshape(rows, 1))
      const x = points(side ? across.mul(side) : across, centre(across, draw('left')), width)
      const y = points(down, centre(down, draw('top')), height)
      const grid = concat(
        [
          x.reshape(rows, 1, width, 1).broadcast(rows, height, width, 1),
          y.reshape(rows, height, 1, 1).broadcast(rows, height, width, 1),
        ],
        3,
      )
      return new Tensor(gridSample(images.node, grid.node))
    },
  })
}

/** Mirrors half of the rows left to right. */
export function horizontalFlip(...extra: readonly undefined[]): Transform {
  nothingMore('horizontalFlip', extra)
  return transform({
    name: 'flip',
    apply: (images, draw) => {
      const width = images.size(3)
      const columns = pixels(width)
        .mul(-1)
        .add(width - 1)
        .cast('int64')
      const mirrored = images.permute(3, 0, 1, 2).rows(columns).permute(1, 2, 3, 0)
      return where(coin(draw('flip'), 0.5), mirrored, images)
    },
  })
}
