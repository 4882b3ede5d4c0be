import { UserError } from '../base/error.ts'
import { didYouMean } from '../base/near-names.ts'
import { DEFAULT_MEMORY, type Request } from '../passes/request.ts'
import type { Target } from '../bundle/lowerings.ts'
import type { Algorithm } from '../bundle/lowerings.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { GraphChoice, GraphWritten } from './lower-section.ts'

/** How a user asks for lowerings, and how what was decided is recorded. */

export interface Asked {
  readonly target?: Target
  readonly memory?: number
  readonly lowering?: Readonly<Record<string, Algorithm>>
}

const mistake = (problem: string, help: string) => new UserError('LoweringError', problem, { help })

export const requestOf = ({ target = 'cpu', memory = DEFAULT_MEMORY, lowering = {} }: Asked): Request => ({
  target,
  memory,
  overrides: new Map(Object.entries(lowering)),
})

/** @throws UserError ('LoweringError') where an algorithm is asked for of a convolution that is not there. */
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

/** Ops of one graph and place that were written alike are told once, with their number. */
export function counted(
  written: readonly GraphWritten[],
): NonNullable<NonNullable<Manifest['lowering']>['ops']> {
  const counts = new Map<string, GraphWritten & { count: number }>()
  for (const one of written) {
    const key = JSON.stringify([one.graph, one.scope, one.op, one.as, one.because])
    const known = counts.get(key)
    if (known) known.count++
    else counts.set(key, { ...one, count: 1 })
  }
  return [...counts.values()]
}
