import { nothingMore, options as checked, type Checks } from '../check.ts'
import { fraction, notNegative, number, oneOf } from '../kinds.ts'
import { shiftHue } from './hue.ts'
import { adjusted, type Adjustment } from './adjust.ts'
import { shuffled } from './shuffle.ts'
import { between, choose, perRow, type Transform, transform } from './transform.ts'
import type { Tensor } from '../tensor.ts'

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
  /** Whether the four act in an order that is drawn for each row, or always in this one; default 'random'. */
  readonly order?: 'random' | 'fixed'
  /** Fraction of the rows that are changed. */
  readonly chance?: number
}

const strength = notNegative.optional()
const jitterChecks: Checks<JitterOptions> = {
  brightness: strength,
  contrast: strength,
  saturation: strength,
  hue: number('a number from 0 to 0.5, in turns', (value) => value >= 0 && value <= 0.5).optional(),
  order: oneOf('random', 'fixed').optional(),
  chance: fraction.optional(),
}

/**
 * Colour jitter (SimCLR, Chen et al. 2020; torchvision's ColorJitter on pictures): multiplies by a random factor,
 * stretches around the row's mean luminance, every pixel around its own, and turns the hue; clamped to 0..1 after
 * each. What has no strength is left out. Images of other than three channels have no saturation and hue.
 */
export function colourJitter(options: JitterOptions = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('colourJitter', extra)
  const given = checked('colourJitter', jitterChecks, options)
  const { brightness = 0.8, contrast = 0.8, saturation = 0.8, hue = 0.2 } = given
  const { order = 'random', chance = 0.8 } = given
  return transform({
    name: 'jitter',
    apply: (images, draw) => {
      const coloured = images.size(1) === 3
      const strengths = { brightness, contrast, saturation: coloured ? saturation : 0 }
      const adjustments = (['brightness', 'contrast', 'saturation'] as const)
        .filter((name) => strengths[name] > 0)
        .map((name): Adjustment => {
          const range = [Math.max(0, 1 - strengths[name]), 1 + strengths[name]] as const
          return { name, factor: between(draw(name), range) }
        })
      const turns = coloured && hue > 0 ? perRow(between(draw('hue'), [-hue, hue])) : undefined
      const turned = (x: Tensor) => (turns ? shiftHue(x, turns) : x)
      const several = adjustments.length + (turns ? 1 : 0) > 1
      const jittered =
        order === 'random' && several
          ? shuffled(images, adjustments, turns && turned, draw('order'))
          : turned(adjustments.reduce(adjusted, images))
      return choose(draw('chance').less(chance), jittered, images)
    },
  })
}
