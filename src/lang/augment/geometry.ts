import { fourAxes } from '../../base/shapes.ts'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { either, fraction, number, range } from '../kinds.ts'
import { Tensor } from '../tensor.ts'
import { sampled } from './sample.ts'
import { between, choose, pixels, type Range, type Transform, transform } from './transform.ts'

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
      return choose(draw('flip').less(0.5), mirrored, images)
    },
  })
}

/** What `rotation` takes. */
export interface RotationOptions {
  /** Angles are drawn from this range, or from -degrees … degrees; counter-clockwise. */
  readonly degrees: number | Range
  /** What is seen beyond the image, from 0, black, the default, to 1. */
  readonly fill?: number
  /** Fraction of the rows that are turned; default 1. */
  readonly chance?: number
}

const rotationChecks: Checks<RotationOptions> = {
  degrees: either<number | Range>(
    'degrees from 0 to 360, or [low, high], two numbers from -360 to 360',
    number('degrees', (value) => value >= 0 && value <= 360),
    range(-360, 360),
  ),
  fill: fraction.optional(),
  chance: fraction.optional(),
}

/** Turns images about their middle by a random angle; bilinear, as torchvision's RandomRotation with that interpolation. */
export function rotation(options: RotationOptions, ...extra: readonly undefined[]): Transform {
  nothingMore('rotation', extra)
  const { degrees, fill = 0, chance = 1 } = checked('rotation', rotationChecks, options)
  const [low, high] = typeof degrees === 'number' ? [-degrees, degrees] : degrees
  return transform({
    name: 'rotation',
    apply: (images, draw) => {
      const [, , height, width] = fourAxes(images.shape)
      const angle = between(draw('angle'), [(low * Math.PI) / 180, (high * Math.PI) / 180]).reshape(-1, 1, 1)
      const [sine, cosine] = [angle.sin(), angle.cos()]
      const middle = (size: number) => (size - 1) / 2
      const right = pixels(width).sub(middle(width)).reshape(1, 1, width)
      const below = pixels(height).sub(middle(height)).reshape(1, height, 1)
      const x = cosine.mul(right).sub(sine.mul(below)).add(middle(width))
      const y = sine.mul(right).add(cosine.mul(below)).add(middle(height))
      // Beyond the border the nearest pixel is read, and fades within one pixel.
      const within = (place: Tensor, size: number) => place.add(1).minimum(place.neg().add(size)).clamp(0, 1)
      const seen = within(x, width).mul(within(y, height)).reshape(-1, 1, height, width)
      const turned = sampled(images, x, y).mul(seen)
      const filled = fill === 0 ? turned : turned.add(seen.neg().add(1).mul(fill))
      return choose(draw('chance').less(chance), filled, images)
    },
  })
}
