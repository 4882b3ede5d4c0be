import { openSplit } from '../data/open.ts'
import type { DataSource } from '../data/format.ts'
import { checkDataset } from './check-dataset.ts'
import type { Dataset, Split } from '../data/dataset.ts'
import type { OpenOptions } from '../data/format.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'

/**
 * Opens what a compiled program is shown: images of any size are decoded to its own.
 *
 * @throws UserError ('DataError', 'FileError') where the split is not there, damaged, or of another kind than the program
 *   is compiled for
 */
export async function openFor(
  manifest: Pick<Manifest, 'program'>,
  source: DataSource,
  split: Split,
  options: Omit<OpenOptions, 'wanted'> = {},
): Promise<Dataset> {
  const { channels, height, width } = manifest.program.input
  const dataset = await openSplit(source, split, { ...options, wanted: [channels, height, width] })
  checkDataset(dataset, manifest)
  return dataset
}
