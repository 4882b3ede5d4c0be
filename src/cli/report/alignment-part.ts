import type { Alignment, AlignmentPoint, Cell } from '../../../report/index.ts'
import type { Agreement, MeasuredProgram } from './alignment-file.ts'

/** Alignment as a page shows it. */
export const alignmentPart = ({ layers, mean }: MeasuredProgram): Alignment => ({
  layers: layers.map(({ layer, ...of }) => ({ layer, ...point(of) })),
  mean: point(mean),
})

const point = ({ cosine, ratio }: Agreement): AlignmentPoint => ({ cosine: cell(cosine), ratio: cell(ratio) })

const cell = ({ mean, standardError }: Agreement['cosine']): Cell => ({
  value: orNaN(mean),
  spread: orNaN(standardError),
})

const orNaN = (value: number | null): number => value ?? NaN
