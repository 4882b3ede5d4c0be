import { EQUAL, figure, notSmall, verdict, type CheckResult, type Verdict } from './check.ts'
import { contrastNames, type ContrastName } from './contrasts.ts'
import { mean, type Distance } from './distance.ts'

/** What the layers below the top use as B, and whether the top's score keeps positions apart or averages them. */
export const settings = {
  'best B, top by position': { top: 'position', projections: 'best' },
  "BP's B, top averaged": { top: 'average', projections: 'backpropagated' },
  'best B, top averaged': { top: 'average', projections: 'best' },
} as const
export type Setting = keyof typeof settings

export interface Trial {
  readonly contrast: ContrastName
  readonly pool: number
  readonly setting: Setting
  readonly distances: readonly Distance[]
}

const names = Object.keys(settings) as Setting[]

export function report(trials: readonly Trial[], pools: readonly number[], networks: number): CheckResult {
  const figures = pooledFigures(trials)
  return {
    title: 'Linear convolutions: what pooling before the score does',
    verdicts: contrastNames.flatMap((contrast) => [
      ...byPosition(figures, contrast, pools),
      ...averaged(figures, contrast, pools),
      notSmall(
        contrast,
        trials
          .filter((trial) => trial.contrast === contrast)
          .flatMap(({ distances }) => distances.map(({ size }) => size)),
      ),
    ]),
    tables: [
      {
        caption: `|Δ|/|g| and cosine, means over ${networks} networks and the layers below the top, by the side k of the tiles.`,
        header: ['contrast', 'k', ...names.flatMap((name) => [name, 'cosine'])],
        rows: contrastNames.flatMap((contrast) =>
          pools.map((pool) => [
            contrast,
            String(pool),
            ...names.flatMap((name) => [
              mean(figures(contrast, name, pool, 'relative')),
              mean(figures(contrast, name, pool, 'cosine')),
            ]),
          ]),
        ),
      },
    ],
  }
}

type Figures = ReturnType<typeof pooledFigures>

/** One figure of every network and layer. */
const pooledFigures =
  (trials: readonly Trial[]) =>
  (contrast: ContrastName, setting: Setting, pool: number, figure: keyof Distance): number[] =>
    trials
      .filter((trial) => trial.contrast === contrast && trial.setting === setting && trial.pool === pool)
      .flatMap(({ distances }) => distances.map((distance) => distance[figure]))

function exact(figures: Figures, contrast: ContrastName, setting: Setting): Verdict {
  const worst = Math.max(...figures(contrast, setting, 1, 'largest'))
  return verdict(
    worst <= EQUAL,
    `${contrast}, ${setting}: with k = 1, local = global: max|Δ|/max|g| ≤ ${figure(worst)} (bound ${EQUAL})`,
  )
}

/** From k = 2 on the two gradients have little in common and the distance is near 1: no curve, but far from 0. */
const AWAY = 0.1

function byPosition(figures: Figures, contrast: ContrastName, pools: readonly number[]): Verdict[] {
  const setting = 'best B, top by position'
  const nearest = Math.min(...pools.slice(1).flatMap((pool) => figures(contrast, setting, pool, 'relative')))
  return [
    exact(figures, contrast, setting),
    verdict(
      nearest > AWAY,
      `${contrast}, ${setting}: with k > 1 it is away from it: |Δ|/|g| ≥ ${figure(nearest)} (bound ${AWAY})`,
    ),
  ]
}

function averaged(figures: Figures, contrast: ContrastName, pools: readonly number[]): Verdict[] {
  const setting = "BP's B, top averaged"
  const means = pools.map((pool) => mean(figures(contrast, setting, pool, 'relative')))
  const rises = means.every((value, i) => i === 0 || value > (means[i - 1] ?? Infinity))
  return [
    exact(figures, contrast, setting),
    verdict(
      rises,
      `${contrast}, ${setting}: it moves away as k grows: mean |Δ|/|g| ${means.map(figure).join(', ')}`,
    ),
  ]
}
