import { UserError } from '../../src/base/error.ts'
import { lossesOf } from '../../src/bundle/scalars.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'

/**
 * Losses of a step (from 0) by layer, from the input to the top, whatever order the graphs run in.
 *
 * @throws UserError ('TrainingError') that names layer and step where one is not finite.
 */
export function lossesByLayer(
  { train, program }: Manifest,
  losses: Readonly<Record<string, number>>,
  step: number,
): Record<string, number> {
  const named = lossesOf(train.graphs).map(({ name, layer }) => [layer ?? name, losses[name] ?? NaN] as const)
  const order = program.layers.map(({ name }) => name)
  named.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
  const broken = named.find(([, loss]) => !Number.isFinite(loss))
  if (broken)
    throw new UserError('TrainingError', `the loss of '${broken[0]}' is ${broken[1]} at step ${step + 1}`, {
      // At the first step nothing has moved yet: the rate cannot be why.
      help: `${step === 0 ? 'Look' : 'Lower the learning rate, or look'} for a division by zero, a log of zero or a root of a negative number in the rule.`,
    })
  return Object.fromEntries(named)
}
