import type { Manifest } from '../../src/bundle/manifest.ts'
import type { ProbeLine } from '../files/probe-line.ts'
import type { RunRecord } from '../files/run-record.ts'

/** Metrics of what is found while a network is trained: on images set aside, and by probes. */

/** What a run asks for of them. */
export type Measured = Pick<RunRecord, 'keepBest' | 'probeEvery' | 'validation'>

/** Names of what is found while it trains: `validation.loss`, `probe.conv1.linear`. */
export function foundNames(
  { validation: section, program }: Manifest,
  { probeEvery, validation }: Measured,
): string[] {
  const losses = section
    ? section.graphs.flatMap(({ outputs }) => outputs.flatMap(({ layer }) => layer ?? []))
    : []
  const layers = program.layers.map(({ name }) => name)
  const probes = ['', ...layers.map((name) => `${name}.`)].flatMap((of) =>
    accuracies.map((kind) => `probe.${of}${kind}`),
  )
  return [
    ...(validation === undefined || losses.length === 0
      ? []
      : ['validation.loss', ...losses.map((layer) => `validation.${layer}.loss`)]),
    ...(probeEvery === undefined ? [] : probes),
  ]
}
const accuracies = ['linear', 'knn'] as const

/** What a probe found of a metric; undefined where it has not found it. */
export function foundOf(name: string, { validation, layers, all }: ProbeLine): number | undefined {
  if (name === 'validation.loss') return validation && mean(Object.values(validation.losses))
  const [, of, layer, kind] = /^(validation|probe)\.(?:(.*)\.)?(\w+)$/.exec(name) ?? []
  if (of === 'validation') return layer === undefined ? undefined : validation?.losses[layer]
  const found = layer === undefined ? all : layers?.[layer]
  return kind === 'knn' ? found?.knn : found?.linear
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
