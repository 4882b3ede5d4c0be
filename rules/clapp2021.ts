import { check, rule, where, type Rule, type Tensor } from 'hebb'
import { hingeLoss } from './contrast.ts'
import { meanOverSteps, patchChecks, type PatchOptions } from './patches.ts'

/**
 * CLAPP as published (Illing, Ventura, Bellec, Gerstner, *Local plasticity rules can learn deep representations using
 * self-supervised contrastive predictions*, NeurIPS 2021, eq. 3): patches of an image are a time axis. The patch at t
 * predicts what the layer makes of the patches k = 1 … 5 rows below, by a matrix W_k each. With y = 1 the eye stays on
 * the image, with y = -1 it has moved to another (a saccade), whose patch is then at t + k:
 *
 *     L = max(0, 1 - y z_{t+k} · W_k c_t),   averaged over patches and k
 *
 * The plasticity (eqs. 6 to 8) has two parts: *prediction* teaches z_{t+k} by W_k c_t, *retrodiction* teaches c_t by
 * what comes later: by the gradient, W_kᵀ z_{t+k}, which transports weights ('transposed', CLAPP-s), or by a matrix of
 * its own, W_k^retro z_{t+k} with a score and a hinge of its own ('separate', CLAPP).
 *
 * y is drawn per image (CLAPP), or both cases count half each (the synchronous CLAPP-s). `global(clapp2021())` is the
 * paper's Hinge Loss CPC.
 *
 * Deviations from the authors' code: y and the other image are shared by all layers, and the other image is never the
 * same; positives and negatives are averaged together (theirs: a mean of each, added, so twice as much); no row is
 * skipped (theirs skips one, whose patches overlap: `skip: 1`).
 */
export interface Clapp2021Options extends PatchOptions {
  /** CLAPP-s: every image serves as a positive and as a negative. */
  readonly synchronous?: boolean
  /** How what comes later teaches the context; default 'separate', of the synchronous rule 'transposed'. */
  readonly retrodiction?: 'none' | 'transposed' | 'separate'
}

const checks: check.Checks<Clapp2021Options> = {
  ...patchChecks,
  synchronous: check.flag.optional(),
  retrodiction: check.oneOf('none', 'transposed', 'separate').optional(),
}

/** CLAPP as published in 2021: patches of an image as a time axis. */
export function clapp2021(given: Clapp2021Options = {}, ...extra: readonly undefined[]): Rule {
  const options = check.options('clapp2021', checks, given, extra)
  return rule(
    'clapp2021',
    (layer) => {
      const { synchronous = false, retrodiction = synchronous ? 'transposed' : 'separate' } = options
      return meanOverSteps(layer, options, ({ k, context, future }) => {
        const [images, features] = [future.size(0), future.size(3)]
        const through = (name: string, x: Tensor) =>
          x.matmul(layer.parameter(`${name}${k}`, [features, features]), { transposeB: true })

        // One hinge per patch; after a saccade, what comes of the future is another image's.
        const contrast = (ofFuture: Tensor, ofContext: Tensor): Tensor => {
          const other = ofFuture.rows(layer.negatives().reshape(images))
          const stay = hingeLoss(ofFuture.mul(ofContext).sum(3))
          const saccade = hingeLoss(other.mul(ofContext).sum(3).neg())
          if (synchronous) return stay.mean().add(saccade.mean()).div(2)
          const stays = layer.uniform('clapp2021.stays', images).less(0.5).reshape(images, 1, 1)
          return where(stays, stay, saccade).mean()
        }
        const predict = (from: Tensor) => contrast(future, through('prediction', from))
        const retrodict = () => contrast(through('retrodiction', future.stopGradient()), context)
        const lesson = {
          none: () => predict(context.stopGradient()),
          transposed: () => predict(context),
          separate: () => predict(context.stopGradient()).add(retrodict()),
        }
        return lesson[retrodiction]()
      })
    },
    // The saccade shows another sample; whether the hinge is satisfied is a scalar per patch.
    { locality: ['pre', 'post', 'samples', 'scalar'], needs: { images: 2 } },
  )
}
