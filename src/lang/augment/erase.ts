import { fourAxes } from '../../base/shapes.ts'
import { type Checks, nothingMore, options as checked } from '../check.ts'
import { fraction, range } from '../kinds.ts'
import { between, perRow, pixels, type Range, type Transform, transform } from './transform.ts'

export interface EraseOptions {
  /** Sides of the rectangle are drawn from this range, as fractions of the image's. */
  readonly sides?: Range
  /** Fraction of the rows that are changed. */
  readonly chance?: number
}

const eraseChecks: Checks<EraseOptions> = { sides: range(0, 1).optional(), chance: fraction.optional() }

/** Fills a rectangle with a random grey; its sides are random fractions of the image's, its place too. */
export function randomErase(options: EraseOptions = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('randomErase', extra)
  const { sides = [0.2, 0.5], chance = 0.5 } = checked('randomErase', eraseChecks, options)
  return transform({
    name: 'erase',
    apply: (images, draw) => {
      const [rows, , height, width] = fourAxes(images.shape)
      const inside = (side: string, place: string, size: number) => {
        const length = between(draw(side), sides).mul(size)
        const start = draw(place).mul(length.neg().add(size))
        const at = pixels(size).add(0.5).reshape(1, size)
        const after = at.greater(start.reshape(rows, 1)).cast('float32')
        return after.mul(at.less(start.add(length).reshape(rows, 1)).cast('float32'))
      }
      const across = inside('width', 'left', width).reshape(rows, 1, 1, width)
      const down = inside('height', 'top', height).reshape(rows, 1, height, 1)
      const share = perRow(draw('chance').less(chance).cast('float32'))
      const erased = across.mul(down).mul(share)
      return images.mul(erased.neg().add(1)).add(erased.mul(perRow(draw('grey'))))
    },
  })
}
