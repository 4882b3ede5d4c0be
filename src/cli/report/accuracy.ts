import { featureNames } from '../probe-table.ts'
import { plural } from '../units.ts'
import type { Cell, Column, ResultTable, Row } from '../../../report/index.ts'

/** Accuracies as tables: of methods side by side, and of one encoder's layers. */

/** What a probe found, as far as tables show it. */
export interface Found {
  readonly probe: string
  readonly knn: number
  readonly linear: number
  readonly fewLabels: { readonly mean: number }
}

/** A way to make features, and what probes say of them, a list for each seed. */
export interface Method {
  readonly name: string
  readonly baseline: boolean
  readonly seeds: readonly (readonly Found[])[]
}

/** What the classifiers were given. */
export interface ProbeSettings {
  readonly k: number
  readonly labels: number
}

const measures = ({ labels }: ProbeSettings) =>
  [
    { name: 'kNN', value: ({ knn }: Found) => knn },
    { name: 'linear', value: ({ linear }: Found) => linear },
    { name: plural(labels, 'label'), value: ({ fewLabels }: Found) => fewLabels.mean },
  ] as const

const readouts = ['average', 'spatial'] as const
const groups: Readonly<Record<(typeof readouts)[number], string>> = {
  average: 'Global averages',
  spatial: 'Spatial features',
}

/** Mean and standard deviation over seeds. */
export function cellOf(values: readonly number[]): Cell {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  if (values.length < 2) return { value: mean }
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (values.length - 1)
  return { value: mean, spread: Math.sqrt(variance) }
}

/** Raw pixels have positions only, so they stand among the spatial features. */
const isOf =
  (readout: string) =>
  ({ probe }: Found) =>
    probe === readout || (probe === 'pixels' && readout === 'spatial')

/** Methods by what a classifier is shown of all their layers. */
export function methodTable(
  methods: readonly Method[],
  settings: ProbeSettings,
  { images, seeds }: { readonly images: string; readonly seeds: number },
): ResultTable {
  const there = readouts.filter((readout) =>
    methods.some(({ seeds }) => seeds.some((found) => found.some(({ probe }) => probe === readout))),
  )
  const columns = there.flatMap((readout) =>
    measures(settings).map(({ name, value }) => ({ name, value, group: groups[readout], readout })),
  )
  return {
    caption:
      seeds > 1
        ? `Accuracy on ${images} in %; mean ± standard deviation over ${plural(seeds, 'seed')}.`
        : `Accuracy on ${images} in %, one seed.`,
    columns: columns.map(({ name, group }) => ({ name, group })),
    rows: methods.map(({ name, baseline, seeds }) => ({
      ...{ name, baseline },
      cells: columns.map(({ readout, value }) =>
        cellOf(seeds.flatMap((found) => found.filter(isOf(readout)).map(value))),
      ),
    })),
    reference: methods.find(({ name }) => name === 'untrained' || name === 'given')?.name,
  }
}

/** The layers of an encoder, as it is and as it started; undefined where they were not probed one by one. */
export function layerTable(
  layers: readonly string[],
  { trained, before }: { readonly trained: readonly Found[]; readonly before: readonly Found[] | undefined },
  settings: ProbeSettings,
  images: string,
): ResultTable | undefined {
  const there = readouts.filter((readout) =>
    layers.some((layer) => trained.some(({ probe }) => probe === `${layer}.${readout}`)),
  )
  if (there.length === 0) return undefined
  const columns: Column[] = there.flatMap((readout) =>
    measures(settings).map(({ name }) => ({ name, group: groups[readout] })),
  )
  const row = (layer: string, name: string, found: readonly Found[], baseline: boolean): Row => ({
    ...{ name, baseline },
    cells: there.flatMap((readout) => {
      const own = found.find(({ probe }) => probe === `${layer}.${readout}`)
      return measures(settings).map(({ value }) => ({ value: own ? value(own) : NaN }))
    }),
  })
  return {
    caption: `Accuracy on ${images} in %, of each layer's features alone.`,
    columns,
    rows: [
      ...(before ? layers.map((layer) => row(layer, `${layer}, untrained`, before, true)) : []),
      ...layers.map((layer) => row(layer, layer, trained, false)),
    ],
  }
}

/** `linear probe on global averages of all layers`. */
export function probeName(probe: string): string {
  const [, layer, readout] = /^(.+)\.(average|spatial)$/.exec(probe) ?? []
  const features = readout ?? probe
  return `linear probe on ${featureNames[features] ?? features}${probe === 'pixels' ? '' : ` of ${layer ?? 'all layers'}`}`
}
