import { table } from './table.ts'
import {
  alikeByConstruction,
  byEncoder,
  notesOf,
  type AlignmentFigures,
  type ProgramFigures,
} from './align-figures.ts'
import { plural } from './units.ts'
import type { Agreement, LayerAgreement } from '../../runtime/align/measure.ts'
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
  const series = programs.flatMap((program) => [
    program,
    ...(program.trained ? [{ name: 'trained', ...program.trained }] : []),
  ])
  const layers = programs[0]?.layers.map(({ layer }) => layer) ?? []
  const rows = layers.map((layer) => [
    layer,
    ...series.flatMap((each) => cells(each.layers.find((found) => found.layer === layer))),
  ])
  const means = ['mean', ...series.flatMap(({ mean }) => cells(mean))]
  const isSome = series.some(({ meanOfOthers }) => meanOfOthers !== null)
  const others = [
    'mean of the rest',
    ...series.flatMap(({ meanOfOthers }) => cells(meanOfOthers ?? undefined)),
  ]
  return table(
    ['layer', ...columns(series.map(({ name }) => name))],
    [...rows, means, ...(isSome ? [others] : [])],
  )
}

/** What the last row leaves out, and why figures may be read wrongly. */
function remarks(programs: readonly ProgramFigures[]): string[] {
  const alike = programs.flatMap((program) => {
    const names = alikeByConstruction(program)
    return program.meanOfOthers === null ? [] : [`${names.join(', ')} of ${program.name}`]
  })
  const left = alike.length > 0 ? [`The rest: without what is 1 by construction, ${alike.join('; ')}.`] : []
  const notes = programs.flatMap(notesOf)
  return [...left, ...(notes.length > 0 ? ['Not the same loss on both sides:', ...notes] : [])]
}

/** `conv1 1.65 → 1.21, conv2 …`: what the training of projections is after. */
const errorsBelowTop = (before: readonly LayerAgreement[], after: readonly LayerAgreement[]): string =>
  before
    .slice(0, -1)
    .map(
      ({ layer, error }, i) =>
        `${layer} ${error.toPrecision(3)} → ${(after[i]?.error ?? NaN).toPrecision(3)}`,
    )
    .join(', ')

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
  const errors = programs.flatMap(({ name, layers, trained }) =>
    trained ? [`${name}: ${errorsBelowTop(layers, trained.layers)}`] : [],
  )
  const fit =
    errors.length > 0 ? [['|local - global|² / |global|², untrained → trained:', ...errors].join('\n')] : []
  const told = remarks(programs)
  const parts = [
    [head, ...control].join('\n'),
    ...byEncoder(programs).map(groupTable),
    ...(told.length > 0 ? [told.join('\n')] : []),
    ...fit,
    times.join('\n'),
  ]
  return parts.join('\n\n')
}
