import { dataError } from './read.ts'
import type { UserError } from '../../src/base/error.ts'
import type { Split } from './dataset.ts'

export const splitNames: Readonly<Record<Split, string>> = {
  unlabelled: 'unlabelled images',
  train: 'training images',
  test: 'test images',
}

/** What to throw where a part is asked for that a data set does not have: which ones it has. */
export const noSuchSplit = (path: string, split: Split, there: Iterable<Split>): UserError =>
  dataError(
    path,
    `has no ${splitNames[split]}, only ${[...there].map((each) => splitNames[each]).join(' and ')}`,
    'Add them, or give another data set; docs/data.md tells how they are called.',
  )
