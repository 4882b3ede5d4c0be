import { check, rule, where, type Rule } from 'hebb'
import { alongWeights, sumPerUnit } from './units.ts'

/**
 * SoftHebb (Journé, Garcia Rodriguez, Guo, Moraitis, *Hebbian Deep Learning Without Feedback*, ICLR 2023): units
 * of a layer compete at each position by a softmax; the winner learns, all others unlearn ("soft anti-Hebbian"):
 *
 *     Δw_k = y_k (x - u_k w_k),   y = ± softmax(u / τ), + for the largest u, - for the others
 *
 * u is the activity before the nonlinearity (use layers without bias). The change is scaled to a largest element of
 * 1, and each unit's rate depends on its weights: η_k = η · (| |w_k| - 1 | + 1e-10) ^ power, so that it stops at length 1.
 *
 * Deviation from the authors' code: where several units share the largest u, all of them win. No loss.
 */
export interface SoftHebbOptions {
  /** τ, the temperature of the competition; the authors' 1 / t_invert. */
  readonly temperature?: number
  /** How strongly a unit's rate depends on the length of its weights; default 0.5. */
  readonly power?: number
  /** False: losers learn in proportion to their softmax, as the winner does. */
  readonly antiHebbian?: boolean
}

const checks: check.Checks<SoftHebbOptions> = {
  temperature: check.positive.optional(),
  power: check.notNegative.optional(),
  antiHebbian: check.flag.optional(),
}

/** Soft winner-take-all with anti-Hebbian losers, by explicit updates. */
export function softHebb(options: SoftHebbOptions = {}, ...extra: readonly undefined[]): Rule {
  const {
    temperature = 1,
    power = 0.5,
    antiHebbian = true,
  } = check.options('softHebb', checks, options, extra)
  return rule(
    'softhebb',
    ({ preactivation, weight, correlate }) => {
      const u = preactivation.rows
      const scaled = u.div(temperature)
      const share = scaled.sub(scaled.logSumExp(1, { keepDims: true })).exp()
      const wins = u.eq(u.amax(1, { keepDims: true }))
      const y = antiHebbian ? where(wins, share, share.neg()) : share

      const decay = weight.mul(alongWeights(sumPerUnit(y.mul(u)), weight))
      const change = correlate(y).sub(decay)
      const length = weight.flatten(1).square().sum(1).sqrt()
      const rate = length.sub(1).abs().add(1e-10).log().mul(power).exp()
      return {
        updates: { weight: change.div(change.abs().amax().add(1e-30)).mul(alongWeights(rate, weight)) },
      }
    },
    // The competition is a scalar per position; scaling to a largest change of 1 is a statistic of the batch.
    { locality: ['pre', 'post', 'scalar', 'statistics'] },
  )
}
