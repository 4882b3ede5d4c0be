import type { RunRecord } from '../files/run-record.ts'

/** A data set as others know it: by name, split, and the SHA-256 of what is trained on. */
export interface DataFacts extends Pick<RunRecord, 'split' | 'images'> {
  readonly name: string
}

export const factsOf = ({
  dataset,
  split,
  images,
}: Pick<RunRecord, 'dataset' | 'split' | 'images'>): DataFacts => ({
  ...{ name: dataset.name, split, images },
})
