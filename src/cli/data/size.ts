import { z } from 'zod'
import type { RowShape } from '../../../runtime/data/dataset.ts'

const WORDS = 'must be as 3x96x96 or 96: channels, height and width in pixels'

/** `--size 96` is 3 × 96 × 96; `1x28x28` says how many channels. */
export const size = z
  .string()
  .regex(/^[1-9]\d{0,4}(x[1-9]\d{0,4}x[1-9]\d{0,4})?$/, WORDS)
  .transform((text): RowShape => {
    const [first = 0, height = first, width = first] = text.split('x').map(Number)
    return text.includes('x') ? [first, height, width] : [3, first, first]
  })
