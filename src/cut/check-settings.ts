import { didYouMean } from '../base/near-names.ts'
import { UserError } from '../base/error.ts'
import { shown, shownText } from '../base/show.ts'
import type { Trace } from './trace.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'

/** @throws UserError ('ProgramError') where an optimizer has settings for a layer, or a parameter, that is not there. */
export function checkSettings({ name, shared }: Optimizer, { layers, registry }: Trace): void {
  const check = (what: string, given: object | undefined, known: readonly string[]) => {
    const unknown = Object.keys(given ?? {}).find((each) => !known.includes(each))
    if (unknown === undefined) return
    throw new UserError(
      'ProgramError',
      `${name} has settings for ${what} ${shown(unknown)}, which is not there`,
      {
        origin: shared?.origin,
        help: didYouMean(shownText(unknown), known),
      },
    )
  }
  check(
    'a layer',
    shared?.layers,
    layers.map((layer) => layer.name),
  )
  check(
    'a parameter',
    shared?.parameters,
    registry.parameters.flatMap((parameter) => (parameter.fixed ? [] : parameter.name)),
  )
}
