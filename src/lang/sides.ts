import { z } from 'zod'
import { either, whole } from './kinds.ts'
import { misuse } from './operands.ts'
import { shown } from '../base/show.ts'
import type { Node } from '../ir/node.ts'
import type { Pair } from '../ops/window.ts'

/** Of height and width: one number for both, or `[height, width]`. */
export type Sides = number | Pair

export const pairOf = (sides: Sides): Pair => (typeof sides === 'number' ? [sides, sides] : sides)

/** Whole numbers from `least` on. */
export const sides = (least: number): z.ZodType<Sides> =>
  either<Sides>(
    `a whole number, ${least} or more, or two of them, [height, width]`,
    whole(least),
    z.tuple([whole(least), whole(least)]),
  )

/** `1×9`; one number where both are the same and `square` asks for it. */
export const shownSides = (given: Sides, square: 'short' | 'long' = 'short'): string => {
  const [height, width] = pairOf(given)
  return square === 'short' && height === width ? String(height) : `${height}×${width}`
}

const anyTile = sides(1)

/** The tile of a pool that a method is given. @throws UserError ('TraceError') where it is none. */
export function tileFor(x: Node, method: string, size: Sides): Pair {
  const given = anyTile.safeParse(size)
  if (given.success) return pairOf(given.data)
  throw misuse(x, `cannot ${method} ${shown(size)}`, 'give a whole number, 1 or more, or [height, width]')
}
