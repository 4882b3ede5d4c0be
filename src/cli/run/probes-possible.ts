import { at } from '../../base/lists.ts'
import { selectPerClass } from '../../../runtime/data/split.ts'
import { openFor } from '../../../runtime/batches/open-for.ts'
import { preparingVisibly } from '../preparing.ts'
import { probeDefaults } from '../probe-trained.ts'
import type { Dataset } from '../../../runtime/data/dataset.ts'
import type { DataSource } from '../../../runtime/data/format.ts'
import type { Bundle } from '../../bundle/bundle.ts'

/** The images that classifiers would learn from, or why no probe can be made. */
async function probedImages(bundle: Bundle, source: DataSource): Promise<Dataset | string> {
  const splits = [
    ['train', 'training images'],
    ['test', 'test images'],
  ] as const
  const opened: Dataset[] = []
  for (const [split, images] of splits) {
    if (!source.splits.includes(split)) return `${source.path} has no ${images}`
    const dataset = await openFor(bundle.manifest, source, split, preparingVisibly())
    if (!dataset.labels) return `the ${images} of ${source.path} have no labels`
    opened.push(dataset)
  }
  return at(opened, 0)
}

/** Why no probe can be made of the images; undefined where one can. */
export async function whyNoProbes(bundle: Bundle, source: DataSource): Promise<string | undefined> {
  const found = await probedImages(bundle, source)
  return typeof found === 'string' ? found : undefined
}

/**
 * Whether the probes that a run ends with can be made, where its images have labels: said before it is trained.
 *
 * @throws UserError ('DataError') where a class has fewer labels than those with few ask for
 */
export async function requireProbes(bundle: Bundle, source: DataSource, labels: number): Promise<void> {
  const found = await probedImages(bundle, source)
  if (typeof found !== 'string') selectPerClass(found, labels, probeDefaults.seed)
}
