import { UserError } from '../../base/error.ts'
import { at, found } from '../../base/lists.ts'
import { didYouMean } from '../../base/near-names.ts'
import { openFor } from '../../../runtime/batches/open-for.ts'
import { findData } from '../../../runtime/data/open.ts'
import { preparingVisibly } from '../preparing.ts'
import type { Split } from '../../../runtime/data/dataset.ts'
import { encodedBatches } from '../../../runtime/probe/features.ts'
import { bytesOf } from '../../../runtime/values/tensor.ts'
import { writeNpz, type NpzArray } from '../../../runtime/files/npz.ts'
import type { Manifest } from '../../bundle/manifest.ts'
import type { Trained } from '../../../runtime/files/trained.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'

export interface FeatureOptions extends SessionOptions {
  readonly data: string
  readonly split: Split
  /** All unless given. */
  readonly layers: readonly string[] | undefined
}

/**
 * Writes features of every image of a data set, and its labels where it has any, as numpy reads them.
 *
 * @returns the arrays
 */
export async function writeFeatures(
  path: string,
  { bundle, values }: Trained,
  { data, split, layers, ...session }: FeatureOptions,
): Promise<readonly NpzArray[]> {
  const names = namesOf(bundle.manifest, layers)
  const dataset = await openFor(bundle.manifest, await findData(data), split, preparingVisibly())
  const { count, labels } = dataset
  const outputs = at(bundle.manifest.encode.graphs, 0).outputs
  const dimensions = new Map(outputs.map(({ name, shape }) => [name, at(shape, 1)]))
  const arrays: NpzArray[] = [
    ...names.map(([name, array]): NpzArray => ({
      name: array,
      type: 'float32',
      shape: [count, found(dimensions, name, name)],
    })),
    ...(labels ? [{ name: 'labels', type: 'int64' as const, shape: [count] }] : []),
  ]
  await writeNpz(path, arrays, async (append) => {
    for await (const { start, rows, outputs } of encodedBatches(bundle, values, dataset, session)) {
      for (const [name, array] of names) {
        const { values, dimension } = outputs(name)
        append(array, bytesOf(values.subarray(0, rows * dimension)))
      }
      if (labels) append('labels', bytesOf(BigInt64Array.from(labels.subarray(start, start + rows), BigInt)))
    }
  })
  return arrays
}

/** Outputs of the encode graph, and what their arrays are called: `conv1`, and `conv1.spatial` where there is a readout. */
function namesOf(
  { encode, program }: Manifest,
  layers: readonly string[] | undefined,
): (readonly [string, string])[] {
  const known = program.layers.map(({ name }) => name)
  for (const layer of layers ?? [])
    if (!known.includes(layer))
      throw new UserError('ExportError', `'${program.name}' has no layer '${layer}'`, {
        help: didYouMean(layer, known),
      })
  if ((layers ?? known).includes('labels'))
    throw new UserError('ExportError', "the array of layer 'labels' would have the name of the labels", {
      help: 'Leave it out: --layers with the others.',
    })
  // Of each layer the average comes first.
  const seen = new Set<string>()
  return encode.graphs.flatMap(({ outputs }) =>
    outputs.flatMap(({ name, layer }) => {
      if (layer === undefined || !(layers ?? known).includes(layer)) return []
      const isFirst = !seen.has(layer)
      seen.add(layer)
      return [[name, isFirst ? layer : `${layer}.spatial`] as const]
    }),
  )
}
