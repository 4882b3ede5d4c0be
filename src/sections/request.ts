import { UserError } from '../error.ts'
import { didYouMean } from '../near-names.ts'
import { DEFAULT_MEMORY, targets, type Request, type Target } from '../passes/lower/choose.ts'
import { forms, type Form } from '../passes/lower/form.ts'
import type { Manifest } from '../onnx/manifest.ts'
import type { GraphChoice } from './lowering.ts'

/** How a user asks for lowerings, and how what was decided is recorded. */

export interface Asked {
  readonly target?: Target
  readonly memory?: number
  readonly lowering?: Readonly<Record<string, Form>>
}

const mistake = (problem: string, help: string) => new UserError('LoweringError', problem, { help })

/** @throws UserError ('LoweringError') where a target or form is none. */
export function requestOf({ target = 'cpu', memory = DEFAULT_MEMORY, lowering = {} }: Asked): Request {
  if (!targets.includes(target))
    throw mistake(`there is no target '${target as string}'`, didYouMean(target, targets))
  if (!(memory > 0)) throw mistake(`memory is ${memory}`, 'give the number of bytes, more than 0')
  for (const [name, form] of Object.entries(lowering)) {
    if (!forms.includes(form))
      throw mistake(`'${name}' cannot be computed as '${form}'`, didYouMean(form, forms))
  }
  return { target, memory, overrides: new Map(Object.entries(lowering)) }
}

/** @throws UserError ('LoweringError') where a form is asked for of a convolution that is not there. */
export function checkOverrides({ overrides }: Request, choices: readonly GraphChoice[]): void {
  const names = [...new Set(choices.map(({ convolution }) => convolution))]
  const known = new Set([
    ...names,
    ...choices.map(({ convolution, direction }) => `${convolution}.${direction}`),
  ])
  for (const asked of overrides.keys())
    if (!known.has(asked))
      throw mistake(
        `the program has no convolution '${asked}'`,
        didYouMean(asked, asked.includes('.') ? [...known] : names),
      )
}

export const recorded = (choice: GraphChoice): NonNullable<Manifest['lowering']>['convolutions'][number] => ({
  ...choice,
  estimates: { ...choice.estimates },
})
