import type { ConvAttributes, Pair } from '../../ops/window.ts'
import { fourAxes } from '../../base/shapes.ts'
import { conv2d } from '../../ops/conv.ts'
import { options as checked, type Checks } from '../check.ts'
import { fraction as portion, range, whole } from '../kinds.ts'
import { Tensor, where } from '../tensor.ts'
import { between, coin, pixels, type Range, type Transform, transform } from './transform.ts'

/** What `gaussianBlur` takes. */
export interface BlurOptions {
  /** Widths are drawn from this range, in pixels. */
  readonly sigma?: Range
  /** How many pixels the kernel reaches; default 2. */
  readonly radius?: number
  /** In place of a radius: the length of the kernel as a fraction of the shorter side (SimCLR: 0.1). */
  readonly fraction?: number
  /** Fraction of the rows that are blurred. */
  readonly chance?: number
}

const blurChecks: Checks<BlurOptions> = {
  sigma: range(0, Infinity, { above: true }).optional(),
  radius: whole(0).optional(),
  fraction: portion.optional(),
  chance: portion.optional(),
}

/** Half the kernel without its middle: a length of 9.6 is 9 pixels, an even one grows by 1 to be odd. */
const reach = (fraction: number, side: number): number => Math.floor(Math.floor(fraction * side) / 2)

/**
 * Gaussian blur with a random width for a fraction of the rows. Beyond the border the map is zero, and the weights
 * that fell there are shared out among the others (torchvision mirrors the image instead).
 */
export function gaussianBlur(options: BlurOptions = {}): Transform {
  const given = checked('gaussianBlur', blurChecks, options)
  const { sigma = [0.1, 2], chance = 0.5, fraction } = given
  return transform({
    name: 'blur',
    apply: (images, draw) => {
      const [rows, channels, height, width] = fourAxes(images.shape)
      const { radius = fraction === undefined ? 2 : reach(fraction, Math.min(height, width)) } = given
      const taps = 2 * radius + 1
      const distance = pixels(taps).sub(radius).reshape(1, taps)
      const width2 = between(draw('sigma'), sigma).square().mul(2).reshape(rows, 1)
      const weights = distance.square().div(width2).neg().exp()
      // Every row has its own kernel: rows become groups of one convolution.
      const kernel = (vertical: boolean) => {
        const kernel: Pair = vertical ? [taps, 1] : [1, taps]
        const attributes: ConvAttributes = {
          kernel,
          stride: [1, 1],
          padding: vertical ? [radius, 0] : [0, radius],
          dilation: [1, 1],
          groups: rows,
        }
        return (maps: Tensor) =>
          new Tensor(conv2d(maps.node, weights.reshape(rows, 1, ...kernel).node, undefined, attributes))
      }
      const blur = (maps: Tensor) => kernel(false)(kernel(true)(maps))
      const grouped = images.permute(1, 0, 2, 3).reshape(channels, rows, height, width)
      const covered = blur(grouped.mul(0).add(1))
      const blurred = blur(grouped).div(covered).permute(1, 0, 2, 3)
      return where(coin(draw('chance'), chance), blurred, images)
    },
  })
}
