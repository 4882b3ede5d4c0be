import { check, rule, type Rule, type Tensor } from 'hebb'
import { meanOverSteps, patchChecks, type PatchOptions } from './patches.ts'

/**
 * CPC (van den Oord, Li, Vinyals, *Representation learning with contrastive predictive coding*, 2018, eqs. 3 and 4):
 * a patch predicts the patches k rows below by a matrix W_k each, and must tell them from patches of other images:
 *
 *     L_k = - mean log [ exp(z_{t+k} · W_k c_t) / Σ_j exp(zʲ_{t+k} · W_k c_t) ],   averaged over k
 *
 * `local(cpc())` is Greedy InfoMax (Löwe, O'Connor, Veeling, *Putting an end to end-to-end*, NeurIPS 2019, eqs. 2 and
 * 3), `global(cpc())` is CPC. As in Greedy InfoMax's experiments on images c = z, without an autoregressive model.
 *
 * Deviations: negatives j are the patches at the same position of all other images of the batch, no draws (Greedy
 * InfoMax draws 16 among all positions and images). Their code skips a row, whose patches overlap: `skip: 1`. One view
 * of each image suffices; of several, the others count as other images.
 */
export function cpc(given: PatchOptions = {}, ...extra: readonly undefined[]): Rule {
  const options = check.options('cpc', patchChecks, given, extra)
  return rule(
    'cpc',
    (layer) =>
      meanOverSteps(layer, options, ({ k, context, future }) => {
        const features = future.size(3)
        const projection = layer.parameter(`prediction${k}`, [features, features])
        const prediction = context.matmul(projection, { transposeB: true })
        // [positions, prediction, future]: every prediction for a position meets what all images show there.
        const scores = byPosition(prediction).matmul(byPosition(future), { transposeB: true })
        return scores.logSumExp(2).mean().sub(prediction.mul(future).sum(3).mean())
      }),
    // All images are each other's negatives at every position; their scores are scalars.
    { locality: ['pre', 'post', 'samples', 'scalar'], needs: { images: 2 } },
  )
}

/** [images, rows, columns, features] as [rows × columns, images, features]. */
const byPosition = (grid: Tensor): Tensor =>
  grid.permute(1, 2, 0, 3).reshape(grid.size(1) * grid.size(2), grid.size(0), grid.size(3))
