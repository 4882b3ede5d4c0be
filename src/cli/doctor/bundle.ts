import { conv, flatten, layer, linear, local, maxPool, program, relu, rule, sgd } from '../../index.ts'
import { compile } from '../../compile.ts'
import { bundleFrom } from '../bundle-from.ts'
import { loweringForTraining } from '../lowering-flags.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import type { Provider } from '../../../runtime/session/options.ts'
import type { LoadFlags } from '../settings.ts'

/** A convolution and a product, so that each library has something to do. */
const tiny = () =>
  program({
    input: { channels: 1, size: 16 },
    batch: 8,
    views: ['a'],
    encoder: [
      layer('convolution', conv(4), relu(), maxPool(2)),
      layer('product', flatten(), linear(8), relu()),
    ],
    learn: local(rule<'a'>('energy', ({ out }) => out.a.sub(1).square().mean())),
    optimizer: sgd({ lr: 0.01, momentum: 0.9 }),
  })

/** What is trained as a proof: a bundle, a program compiled for the provider, or something small. */
export function bundleToTry(
  path: string | undefined,
  provider: Provider,
  flags: LoadFlags,
): Bundle | Promise<Bundle> {
  return path === undefined
    ? compile(tiny(), { target: provider })
    : bundleFrom(path, { ...flags, ...loweringForTraining({ provider }) })
}
