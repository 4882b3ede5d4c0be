import { multiplyTransposed, type Matrix } from './matrix.ts'
import { contrasts, type ContrastName } from './contrasts.ts'
import { solveProjection } from './solve-projection.ts'
import type { Dataset } from './dataset.ts'
import type { LinearLayer } from './network.ts'

export interface ProjectionSetting {
  readonly contrast: ContrastName
  /** As in `clapp({ context })`. */
  readonly context: 'same' | 'top'
  /** How each layer's activity is pooled before the score; default: as it is. */
  readonly pools?: readonly Matrix[]
  readonly decay?: number
}

export interface BestProjections {
  /** B of each layer, from the input up. */
  readonly projections: readonly Matrix[]
  /** The largest relative gradient that the solver left. */
  readonly residual: number
}

/** Every layer's projection at the optimum of its own loss over the whole data set, for fixed weights. */
export function bestProjections(
  layers: readonly LinearLayer[],
  { inputs, positives, negatives }: Dataset,
  { contrast, context, pools, decay = 0 }: ProjectionSetting,
): BestProjections {
  const activity: Matrix[] = []
  for (const { matrix } of layers) activity.push(multiplyTransposed(activity.at(-1) ?? inputs, matrix))
  const scored = activity.map((z, i) => {
    const pool = pools?.[i]
    return pool ? multiplyTransposed(z, pool) : z
  })
  const top = scored.at(-1)
  const solved = scored.map((z) =>
    solveProjection({
      positive: pick(z, positives),
      negative: pick(z, negatives),
      reference: context === 'top' && top ? top : z,
      contrast: contrasts[contrast],
      decay,
    }),
  )
  return {
    projections: solved.map(({ projection }) => projection),
    residual: Math.max(...solved.map(({ residual }) => residual)),
  }
}

function pick({ columns, data }: Matrix, rows: Int32Array): Matrix {
  const picked = new Float64Array(rows.length * columns)
  rows.forEach((from, to) => {
    picked.set(data.subarray(from * columns, (from + 1) * columns), to * columns)
  })
  return { rows: rows.length, columns, data: picked }
}
