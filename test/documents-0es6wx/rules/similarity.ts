import { check, rule } from 'hebb'

/** Views of an image agree, and activity varies; how similar the views are is shown beside the loss. */
export function agreeing(options: { readonly vary?: number } = {}) {
  const { vary } = check.withDefaults('agreeing', { vary: 1 }, options)
  return rule<'a' | 'b'>('agreeing', ({ out }) => {
    const [a, b] = [out.a.flatten(1), out.b.flatten(1)]
    const lengths = a.square().sum(1).mul(b.square().sum(1)).add(1e-12).sqrt()
    const apart = a.sub(b).square().mean()
    const variance = a.sub(a.mean(0)).square().mean()
    return {
      loss: apart.sub(variance.add(1e-4).log().mul(vary)),
      log: { apart, variance, similarity: a.mul(b).sum(1).div(lengths).mean() },
    }
  })
}
