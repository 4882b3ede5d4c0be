import { at } from '../../base/lists.ts'
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

/** A group of columns: what is shown in it, by the names of probes. */
interface Shown {
  readonly group: string
  readonly probes: readonly string[]
}

/**
 * Raw pixels keep their positions, so they stand among the spatial features; where there are none, beside the
 * averages, or alone.
 */
function groupsOf(methods: readonly Method[]): readonly Shown[] {
  const isThere = (wanted: string) =>
    methods.some(({ seeds }) => seeds.some((found) => found.some(({ probe }) => probe === wanted)))
  const there = readouts.filter(isThere)
  const last = there.at(-1)
  if (!isThere('pixels')) return there.map((readout) => ({ group: groups[readout], probes: [readout] }))
  if (last === undefined) return [{ group: 'Raw pixels', probes: ['pixels'] }]
  const withPixels = last === 'spatial' ? groups.spatial : `${groups.average}; raw pixels as they are`
  return there.map((readout) =>
    readout === last
      ? { group: withPixels, probes: [readout, 'pixels'] }
      : { group: groups[readout], probes: [readout] },
  )
}

const captionOf = (images: string, seeds: number, runs: number): string => {
  if (seeds > 1) return `Accuracy on ${images} in %; mean ± standard deviation over ${plural(seeds, 'seed')}.`
  return `Accuracy on ${images} in %, one ${runs > 1 ? 'run a row' : 'seed'}.`
}

/** Methods by what a classifier is shown of all their layers; a method of which nothing is known has no row. */
export function methodTable(
  methods: readonly Method[],
  settings: ProbeSettings,
  { images, seeds, measured = [] }: MethodOptions,
): ResultTable {
  const columns = groupsOf(methods).flatMap(({ group, probes }) =>
    measures(settings).map(({ name, value }) => ({ name, value, group, probes })),
  )
  const rows = methods.map(({ name, baseline, seeds }) => ({
    ...{ name, baseline },
    cells: columns.map(({ probes, value }) =>
      cellOf(seeds.flatMap((found) => found.filter(({ probe }) => probes.includes(probe)).map(value))),
    ),
  }))
  return {
    caption: captionOf(images, seeds, methods.filter(({ baseline }) => !baseline).length),
    columns: columns.map(({ name, group }) => ({ name, group })),
    rows: rows.filter(({ cells }) => cells.some(({ value }) => Number.isFinite(value))),
    reference: methods.find(({ name }) => name === 'untrained' || name === 'given')?.name,
    measured,
  }
}

export interface MethodOptions {
  /** That were judged, in words. */
  readonly images: string
  readonly seeds: number
  readonly measured?: ResultTable['measured']
}

interface ProbedLayers {
  readonly trained: readonly Found[]
  readonly before: readonly Found[] | undefined
  readonly pixels?: readonly Found[] | undefined
}

/** The layers of an encoder, as it is and as it started; undefined where they were not probed one by one. */
export function layerTable(
  layers: readonly string[],
  { trained, before, pixels = [] }: ProbedLayers,
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
  const [raw] = pixels
  const shown = at(there, there.length - 1)
  return {
    caption: `Accuracy on ${images} in %, of each layer's features alone.`,
    columns,
    rows: [
      ...(raw
        ? [
            {
              ...{ name: 'raw pixels', baseline: true },
              // As in the table of all layers: beside what keeps positions, where that is there.
              cells: there.flatMap((readout) =>
                measures(settings).map(({ value }) => ({ value: readout === shown ? value(raw) : NaN })),
              ),
            },
          ]
        : []),
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
