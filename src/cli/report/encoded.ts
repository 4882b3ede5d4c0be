import { encode, type Features } from '../../../runtime/probe/features.ts'
import { neighboursOf, type Neighbour } from '../../../runtime/probe/knn.ts'
import { openProducts } from '../../../runtime/probe/products.ts'
import { found } from '../../base/lists.ts'
import { featureNames } from '../probe-table.ts'
import type { RunFolder } from '../../../runtime/files/run-folder.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'
import type { Values } from '../../../runtime/values/value-store.ts'
import type { Images } from './images.ts'

/** The images of a page as the trained encoder has them, by the features that nearest neighbours are judged on. */
export interface Encoded {
  readonly asked: Features
  readonly known: Features
  /** `global averages of all layers`. */
  readonly what: string
  /** For each row of `asked`, the k rows of `of` that are most similar by cosine, most similar first. */
  readonly nearest: (of: 'asked' | 'known', k: number) => Promise<readonly (readonly Neighbour[])[]>
}

/** Undefined of a bundle that has no features but pixels. */
export async function encodedImages(
  { bundle }: RunFolder,
  values: Values,
  images: Images,
  session: SessionOptions,
): Promise<Encoded | undefined> {
  const { probes } = bundle.manifest
  const probe =
    probes.find(({ name }) => name === 'average') ?? probes.find(({ features }) => features.length > 0)
  if (!probe) return undefined
  const groups = new Map([[probe.name, probe.features]])
  const of = async (which: 'asked' | 'known') =>
    found(await encode(bundle, values, images[which], { ...session, groups }), probe.name, 'features')
  const features = { asked: await of('asked'), known: await of('known') }
  return {
    ...features,
    what: `${featureNames[probe.name] ?? probe.name} of all layers`,
    nearest: async (which, k) => {
      const products = await openProducts(bundle, probe, session)
      try {
        const all: (readonly Neighbour[])[] = []
        for await (const { neighbours } of neighboursOf(features[which], features.asked, k, products))
          all.push(neighbours)
        return all
      } finally {
        await products.release()
      }
    },
  }
}
