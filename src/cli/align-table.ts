import { table } from './table.ts'
import { byEncoder, type AlignmentFigures, type ProgramFigures } from './align-figures.ts'
import { plural } from './units.ts'
import type { Agreement } from '../../runtime/align/measure.ts'
import type { Summary } from '../../runtime/align/summary.ts'

/** `0.412 ± 0.013`; a dash where nothing was measured. */
export const withError = ({ mean, standardError }: Summary, decimals: number): string => {
  if (!Number.isFinite(mean)) return '–'
  const shown = mean.toFixed(decimals)
  return Number.isFinite(standardError) ? `${shown} ± ${standardError.toFixed(decimals)}` : shown
}

const columns = (names: readonly string[]): string[] => names.flatMap((name) => [`${name}: cosine`, 'ratio'])

const cells = (agreement: Agreement | undefined): string[] =>
  agreement ? [withError(agreement.cosine, 3), withError(agreement.ratio, 2)] : ['–', '–']

/** Layers below each other, programs side by side; with trained projections right of the program itself. */
function groupTable(programs: readonly ProgramFigures[]): string {
  const series = programs.flatMap(({ name, layers, mean, trained }) => [
    { name, layers, mean },
    ...(trained ? [{ name: 'trained', ...trained }] : []),
  ])
  const layers = programs[0]?.layers.map(({ layer }) => layer) ?? []
  const rows = layers.map((layer) => [
    layer,
    ...series.flatMap((each) => cells(each.layers.find((found) => found.layer === layer))),
  ])
  const means = ['mean', ...series.flatMap(({ mean }) => cells(mean))]
  return table(['layer', ...columns(series.map(({ name }) => name))], [...rows, means])
}

export function alignmentText({ batches, seed, projections, programs }: AlignmentFigures): string {
  const sizes = [...new Set(programs.map(({ batch }) => batch))].join(' or ')
  const head =
    `Local updates and the same loss backpropagated from the top: cosine, and ratio of norms |local| / |global|.\n` +
    `Mean ± standard error over ${batches} ${batches === 1 ? 'batch' : 'batches'} of ${sizes} images, seed ${seed}.`
  const control = projections
    ? [
        `Trained: with projections after ${plural(projections.steps, 'step')} of Adam from ${projections.rate}, the encoder frozen.`,
      ]
    : []
  const times = programs.map(({ name, secondsPerBatch, trained }) => {
    const milliseconds = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`
    const training = trained ? `, ${milliseconds(trained.secondsPerStep)} a step of training projections` : ''
    return `${name}: ${milliseconds(secondsPerBatch)} a batch${training}`
  })
  return [[head, ...control].join('\n'), ...byEncoder(programs).map(groupTable), times.join('\n')].join(
    '\n\n',
  )
}
