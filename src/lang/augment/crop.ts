import { fourAxes } from '../../base/shapes.ts'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { flag, range } from '../kinds.ts'
import { across, down, LONGEST, type Axis } from './axis.ts'
import { sampled } from './sample.ts'
import { between, pixels, type Range, type Transform, transform } from './transform.ts'
import type { Tensor } from '../tensor.ts'

/** What `randomResizedCrop` takes. */
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
 * horizontal flip for half of the rows; bilinear. As torchvision's RandomResizedCrop with RandomHorizontalFlip, but a
 * crop lies anywhere, not on whole pixels, and one that would be longer than the image is clamped to it instead of
 * being drawn again.
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
      const [, , height, width] = fourAxes(images.shape)
      const area = between(draw('area'), scale)
      const aspect = between(draw('aspect'), [Math.log(ratio[0]), Math.log(ratio[1])]).exp()
      // Fractions of the image's sides; the aspect ratio is that of the crop in pixels.
      const wide = area
        .mul(aspect)
        .sqrt()
        .mul(Math.sqrt(height / width))
        .minimum(1)
      const high = area
        .div(aspect)
        .sqrt()
        .mul(Math.sqrt(width / height))
        .minimum(1)
      const side = flip ? between(draw('flip').less(0.5).cast('float32'), [-1, 1]) : undefined
      const x = places(width, wide, draw('left'), side)
      const y = places(height, high, draw('top'))
      if (Math.max(height, width) > LONGEST)
        return sampled(images, x.reshape(-1, 1, width), y.reshape(-1, height, 1))
      const narrow = across(images).mix(reading(across(images), x))
      return down(narrow).mix(reading(down(narrow), y))
    },
  })
}

/**
 * Where the pixels that are made read along an axis, in pixels [rows, size]: a part `share` of it, put at `place` of
 * where it may be, both in 0..1 [rows]; the other way round where `side` is -1. Nothing is read from beyond the part.
 */
function places(size: number, share: Tensor, place: Tensor, side?: Tensor): Tensor {
  const column = (values: Tensor) => values.reshape(-1, 1)
  const length = column(share.mul(size))
  const start = column(share.neg().add(1).mul(place).mul(size))
  const centred = pixels(size).add(0.5).div(size).sub(0.5).reshape(1, size)
  const turned = side ? centred.mul(column(side)) : centred
  const last = start.add(length.sub(1).relu()).minimum(size - 1)
  return turned.add(0.5).mul(length).add(start).sub(0.5).maximum(start).minimum(last)
}

/** The matrices that read at places [rows, size], bilinearly: what is farther than a pixel away counts nothing. */
function reading({ size, made, read }: Axis, at: Tensor): Tensor {
  const distance = made(at)
    .sub(read(pixels(size).reshape(1, size)))
    .abs()
  return distance.neg().add(1).relu()
}
