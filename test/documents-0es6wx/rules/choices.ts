import { check, rule } from 'hebb'

export interface ClosenessOptions {
  /** Above 0; default 1. */
  readonly margin?: number
  /** How far views are from each other; default the square. */
  readonly distance?: 'square' | 'absolute'
}

const checks: check.Checks<ClosenessOptions> = {
  margin: check.positive.optional(),
  distance: check.oneOf('square', 'absolute').optional(),
}

/** Views of an image come closer than a margin. */
export function closeness(options: ClosenessOptions = {}) {
  const { margin = 1, distance = 'square' } = check.options('closeness', checks, options)
  return rule<'a' | 'b'>('closeness', ({ out }) => {
    const apart = out.a.sub(out.b)
    return (distance === 'square' ? apart.square() : apart.abs()).sub(margin).relu().mean()
  })
}
