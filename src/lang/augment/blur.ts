import { fourAxes } from '../../base/shapes.ts'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { fraction as portion, range, whole } from '../kinds.ts'
import { Tensor, where } from '../tensor.ts'
import { across, down, LONGEST, type Axis } from './axis.ts'
import { convolved, mirroredPlaces } from './long-blur.ts'
import { between, pixels, type Range, type Transform, transform } from './transform.ts'

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
 * Gaussian blur with a random width for a fraction of the rows. Beyond the border lies the mirrored image, as in
 * torchvision's GaussianBlur; an axis that is no longer than the kernel reaches is blurred as far as it goes.
 */
export function gaussianBlur(options: BlurOptions = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('gaussianBlur', extra)
  const given = checked('gaussianBlur', blurChecks, options)
  const { sigma = [0.1, 2], chance = 0.5, fraction } = given
  return transform({
    name: 'blur',
    apply: (images, draw) => {
      const [, , height, width] = fourAxes(images.shape)
      const { radius = fraction === undefined ? 2 : reach(fraction, Math.min(height, width)) } = given
      const width2 = between(draw('sigma'), sigma).square().mul(2).reshape(-1, 1)
      const chosen = draw('chance').less(chance).reshape(-1, 1)
      /** Of each row, [rows, 2 · reach + 1]; of one that is not blurred, the pixel itself. */
      const kernel = (reach: number) => {
        const distance = pixels(2 * reach + 1)
          .sub(reach)
          .reshape(1, 2 * reach + 1)
        const weights = distance.square().div(width2).neg().exp()
        return where(chosen, weights.div(weights.sum(1, { keepDims: true })), distance.eq(0).cast('float32'))
      }
      const blurred = (x: Tensor, vertical: boolean) => {
        const axis = vertical ? down(x) : across(x)
        const reach = Math.min(radius, axis.size - 1)
        if (reach === 0) return x
        if (axis.size > LONGEST) return convolved(x, kernel(reach), vertical)
        return axis.mix(spreading(axis, kernel(reach)))
      }
      return blurred(blurred(images, true), false)
    },
  })
}

/** The matrices that apply a kernel of each row, [rows, taps], to all pixels of an axis. */
function spreading({ size, made, read }: Axis, kernel: Tensor): Tensor {
  const taps = kernel.size(1)
  const places = mirroredPlaces(size, taps)
  const reads = made(places)
    .eq(read(pixels(size).reshape(1, size)))
    .cast('float32')
  return kernel.matmul(reads.reshape(taps, size * size)).reshape(kernel.size(0), size, size)
}
