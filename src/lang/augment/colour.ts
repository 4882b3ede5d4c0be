import { argument, nothingMore, options as checked, type Checks } from '../check.ts'
import { fraction, notNegative, number } from '../kinds.ts'
import { shiftHue } from './hue.ts'
import { between, coin, perRow, type Transform, transform } from './transform.ts'
import { where, type Tensor } from '../tensor.ts'

/** Mean over channels by perceived brightness (ITU-R BT.601), [rows, 1, height, width]. */
function luminance(images: Tensor): Tensor {
  if (images.size(1) !== 3) return images.mean(1, { keepDims: true })
  const channel = (c: number, weight: number) => images.slice(1, c, c + 1).mul(weight)
  return channel(0, 0.299).add(channel(1, 0.587)).add(channel(2, 0.114))
}

/** What `colourJitter` takes: how far each property may go, as torchvision has it. */
export interface JitterOptions {
  /** Factors are drawn from 1 - strength … 1 + strength, and not below 0. */
  readonly brightness?: number
  /** As brightness; default 0.8. */
  readonly contrast?: number
  /** Of images of three channels alone. */
  readonly saturation?: number
  /** Shifts are drawn from -strength … strength, in turns of the colour circle; of three channels alone. */
  readonly hue?: number
  /** Fraction of the rows that are changed. */
  readonly chance?: number
}

const strength = notNegative.optional()
const jitterChecks: Checks<JitterOptions> = {
  brightness: strength,
  contrast: strength,
  saturation: strength,
  hue: number('a number from 0 to 0.5, in turns', (value) => value >= 0 && value <= 0.5).optional(),
  chance: fraction.optional(),
}

/**
 * Colour jitter (SimCLR, Chen et al. 2020; torchvision's ColorJitter on pictures): multiplies by a random factor,
 * stretches around the row's mean luminance, then every pixel around its own, then turns the hue; clamped to 0..1
 * after each. Images of other than three channels have no saturation and hue. Deviation from torchvision: the
 * four always act in this order, not in a random one.
 */
export function colourJitter(options: JitterOptions = {}): Transform {
  const given = checked('colourJitter', jitterChecks, options)
  const { brightness = 0.8, contrast = 0.8, saturation = 0.8, hue = 0.2, chance = 0.8 } = given
  return transform({
    name: 'jitter',
    apply: (images, draw) => {
      const factor = (name: string, strength: number) =>
        perRow(between(draw(name), [Math.max(0, 1 - strength), 1 + strength]))
      const stretch = (x: Tensor, middle: Tensor, by: Tensor) => middle.add(x.sub(middle).mul(by)).clamp(0, 1)
      const bright = images.mul(factor('brightness', brightness)).clamp(0, 1)
      const grey = luminance(bright).mean(1, 2, 3, { keepDims: true })
      let jittered = stretch(bright, grey, factor('contrast', contrast))
      if (images.size(1) === 3) {
        if (saturation > 0)
          jittered = stretch(jittered, luminance(jittered), factor('saturation', saturation))
        if (hue > 0) jittered = shiftHue(jittered, perRow(between(draw('hue'), [-hue, hue])))
      }
      return where(coin(draw('chance'), chance), jittered, images)
    },
  })
}

/** Replaces a fraction of the rows by their luminance. */
export function randomGrey(chance = 0.2, ...extra: readonly undefined[]): Transform {
  nothingMore('randomGrey', extra)
  argument('randomGrey', 'chance', fraction, chance)
  return transform({
    name: 'grey',
    apply: (images, draw) => where(coin(draw('chance'), chance), luminance(images), images),
  })
}

/** Turns a fraction of the rows into their negatives, 1 - x. */
export function randomInvert(chance = 0.5, ...extra: readonly undefined[]): Transform {
  nothingMore('randomInvert', extra)
  argument('randomInvert', 'chance', fraction, chance)
  return transform({
    name: 'invert',
    apply: (images, draw) => where(coin(draw('chance'), chance), images.neg().add(1), images),
  })
}
