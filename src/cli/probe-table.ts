import { table } from './table.ts'
import type { ProbeResult, Repeated } from '../../runtime/probe/probe.ts'

export interface ProbedEncoder {
  /** `given`: as it started, with weights that it was given. */
  readonly encoder: 'none' | 'untrained' | 'given' | 'trained' | 'averaged'
  readonly results: readonly ProbeResult[]
}

/** As much of it as a table shows. */
export interface ShownEncoder {
  readonly encoder: ProbedEncoder['encoder']
  readonly results: readonly (Pick<ProbeResult, 'probe' | 'dimension' | 'knn' | 'linear' | 'fewLabels'> & {
    readonly folds?: Repeated | undefined
    readonly course?: ProbeResult['course'] | undefined
  })[]
}

const percent = (fraction: number): string => (100 * fraction).toFixed(1)

/** Standard deviation over the draws of few labels. */
function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / Math.max(1, values.length - 1))
}

/** What a probe of all layers is shown, in words. */
export const featureNames: Readonly<Record<string, string>> = {
  pixels: 'raw pixels',
  average: 'global averages',
  spatial: 'spatial averages',
}

/** Features as tables call them, by the name of their probe. */
export const featureName = (probe: string): string => featureNames[probe] ?? probe

/** Mean and deviation over several trainings. */
const repeated = ({ mean, values }: Repeated): string => `${percent(mean)} ± ${percent(spread(values))}`

/** One row per features and encoder, so that trained and untrained stand below each other. */
export function probeTable(
  encoders: readonly ShownEncoder[],
  { k, labels }: { readonly k: number; readonly labels: number },
): string {
  const probes = [...new Set(encoders.flatMap(({ results }) => results.map(({ probe }) => probe)))]
  const rows = probes.flatMap((probe) =>
    encoders.flatMap(({ encoder, results }) =>
      results
        .filter((result) => result.probe === probe)
        .map(({ dimension, knn, linear, fewLabels, folds }) => [
          featureName(probe),
          encoder === 'none' ? '–' : encoder,
          dimension,
          percent(knn),
          percent(linear),
          repeated(fewLabels),
          ...(folds ? [repeated(folds)] : []),
        ]),
    ),
  )
  const folds = encoders.flatMap(({ results }) => results).find(({ folds }) => folds)?.folds?.values.length
  const fewLabels = `${labels} ${labels === 1 ? 'label' : 'labels'} a class`
  const header = ['features', 'encoder', 'numbers', `${k} neighbours`, 'linear', fewLabels]
  if (folds === undefined) return table(header, rows, 'llrrrr')
  return table([...header, `${folds} folds`], rows, 'llrrrrr')
}
