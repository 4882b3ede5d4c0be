import { findData } from '../../../runtime/data/open.ts'
import { selectPerClass } from '../../../runtime/data/split.ts'
import { openFor } from '../../../runtime/batches/open-for.ts'
import { preparingVisibly } from '../preparing.ts'
import { probeDefaults } from '../probe-trained.ts'
import type { Bundle } from '../../bundle/bundle.ts'

/** Why no probe can be made of the images; undefined where one can. */
export async function whyNoProbes(bundle: Bundle, data: string): Promise<string | undefined> {
  const source = await findData(data)
  for (const [split, images] of [
    ['train', 'training images'],
    ['test', 'test images'],
  ] as const) {
    if (!source.splits.includes(split)) return `${source.path} has no ${images}`
    const { labels } = await openFor(bundle.manifest, source, split, preparingVisibly())
    if (!labels) return `the ${images} of ${source.path} have no labels`
  }
  return undefined
}

/**
 * Whether the probes that a run ends with can be made, where its images have labels: said before it is trained.
 *
 * @throws UserError ('DataError') where a class has fewer labels than those with few ask for
 */
export async function requireProbes(bundle: Bundle, data: string, labels: number): Promise<void> {
  if ((await whyNoProbes(bundle, data)) !== undefined) return
  const train = await openFor(bundle.manifest, await findData(data), 'train', preparingVisibly())
  selectPerClass(train, labels, probeDefaults.seed)
}
