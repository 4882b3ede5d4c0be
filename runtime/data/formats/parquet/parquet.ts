import { splits } from '../../dataset.ts'
import { filesBySplit } from './files.ts'
import type { Format, Found } from '../../format.ts'

/** Sets of images as Hugging Face serves them: a column of image files, and one of labels. */
export const parquetFormat: Format = {
  kind: 'parquet',
  lookedFor:
    'Parquet, as of Hugging Face: train-….parquet, test-….parquet or validation-….parquet, here, in data/ or in folders train/ and test/',
  find: (place) => {
    const bySplit = filesBySplit(place)
    const evidence = [...bySplit.values()][0]?.[0]
    if (evidence === undefined) return []
    const there = splits.filter((split) => bySplit.has(split))
    // What reads Parquet is loaded where there is any.
    const open: Found['open'] = async (split, options) =>
      (await import('./open-parquet.ts')).openParquetSplit(place, bySplit, split, options)
    return [{ place, evidence, splits: there, open }]
  },
}
