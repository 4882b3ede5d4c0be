import type { Alignment, AlignmentPoint, Cell } from '../../../report/index.ts'
import type { Agreement, MeasuredProgram } from './alignment-file.ts'

/** Alignment as a page shows it. */
export const alignmentPart = ({ layers, mean, meanOfOthers }: MeasuredProgram): Alignment => ({
  layers: layers.map(({ layer, byConstruction, ...of }) => ({ layer, byConstruction, ...point(of) })),
  mean: point(mean),
  ...(meanOfOthers ? { meanOfOthers: point(meanOfOthers) } : {}),
  notes: notesOf(layers),
})

/** Each note once, with the layers that it is of. */
function notesOf(layers: MeasuredProgram['layers']): string[] {
  const notes = [...new Set(layers.flatMap(({ notes = [] }) => notes))]
  return notes.map((note) => {
    const of = layers.filter(({ notes = [] }) => notes.includes(note)).map(({ layer }) => layer)
    return `Not the same loss on both sides: ${of.join(', ')}: ${note}.`
  })
}

const point = ({ cosine, ratio }: Agreement): AlignmentPoint => ({ cosine: cell(cosine), ratio: cell(ratio) })

const cell = ({ mean, standardError }: Agreement['cosine']): Cell => ({
  value: orNaN(mean),
  spread: orNaN(standardError),
})

const orNaN = (value: number | null): number => value ?? NaN
