import { argument, nothingMore, options as checked, type Checks } from '../check.ts'
import { fraction } from '../kinds.ts'
import { where } from '../tensor.ts'
import { luminance } from './luminance.ts'
import { choose, type Transform, transform } from './transform.ts'

/** Replaces a fraction of the rows by their luminance. */
export function randomGrey(chance = 0.2, ...extra: readonly undefined[]): Transform {
  nothingMore('randomGrey', extra)
  argument('randomGrey', 'chance', fraction, chance)
  return transform({
    name: 'grey',
    apply: (images, draw) => choose(draw('chance').less(chance), luminance(images), images),
  })
}

/** Turns a fraction of the rows into their negatives, 1 - x. */
export function randomInvert(chance = 0.5, ...extra: readonly undefined[]): Transform {
  nothingMore('randomInvert', extra)
  argument('randomInvert', 'chance', fraction, chance)
  return transform({
    name: 'invert',
    apply: (images, draw) => choose(draw('chance').less(chance), images.neg().add(1), images),
  })
}

/** What `solarise` takes. */
export interface SolariseOptions {
  /** Pixels from this on, 0 to 1, become their negatives; default 0.5. */
  readonly threshold?: number
  /** Fraction of the rows that are changed; default 0.5. */
  readonly chance?: number
}

const solariseChecks: Checks<SolariseOptions> = {
  threshold: fraction.optional(),
  chance: fraction.optional(),
}

/** Turns the bright pixels of a fraction of the rows into their negatives, 1 - x (BYOL, Grill et al. 2020). */
export function solarise(options: SolariseOptions = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('solarise', extra)
  const { threshold = 0.5, chance = 0.5 } = checked('solarise', solariseChecks, options)
  return transform({
    name: 'solarise',
    apply: (images, draw) => {
      const solarised = where(images.greaterEqual(threshold), images.neg().add(1), images)
      return choose(draw('chance').less(chance), solarised, images)
    },
  })
}
