import { z } from 'zod'
import { UserError } from '../../base/error.ts'
import { describeDataset } from '../../../runtime/data/open.ts'
import type { Dataset, RowShape } from '../../../runtime/data/dataset.ts'

const WORDS = 'must be as 3x96x96 or 96: channels, height and width in pixels'

/** `--size 96` is 3 × 96 × 96; `1x28x28` says how many channels. */
export const size = z
  .string()
  .regex(/^[1-9]\d{0,4}(x[1-9]\d{0,4}x[1-9]\d{0,4})?$/, WORDS)
  .transform((text): RowShape => {
    const [first = 0, height = first, width = first] = text.split('x').map(Number)
    return text.includes('x') ? [first, height, width] : [3, first, first]
  })

/**
 * Only images of files are decoded to a size: others have the one that they have.
 *
 * @throws UserError ('DataError') where that is not the one that was asked for
 */
export function requireSize(dataset: Dataset, wanted: RowShape | undefined): void {
  const [, height, width] = dataset.shape
  if (!wanted || (height === wanted[1] && width === wanted[2])) return
  throw new UserError(
    'DataError',
    `${describeDataset(dataset)}: they are not decoded, and --size cannot make them ${wanted[1]} × ${wanted[2]}`,
    { help: 'Leave --size out.' },
  )
}
