import { teaches } from '../src/grad/teaches.ts'
import { gradientError } from './gradient-error.ts'
import { inFloat64 } from './in-float64.ts'
import { ownName } from './own-name.ts'
import { traceProgram } from './trace-program.ts'
import type { Node } from '../src/ir/node.ts'
import type { Program } from '../src/index.ts'

/** What of a program's updates is the gradient of a loss, and what is not. */
export interface Gradients {
  /** Undefined where no loss teaches anything. */
  readonly worstError: ((elements: number) => Promise<number>) | undefined
  /** Parameters that the rule moves by explicit updates: their names, and what the rule calls them. */
  readonly explicit: ReadonlyMap<string, string>
}

/** In float64, on so many random images. */
export function gradientsOf(program: Program, batch: number): Gradients {
  const { traced, feeds } = traceProgram(inFloat64({ ...program, batch }))
  const compared: { readonly loss: Node; readonly parameters: readonly Node[] }[] = []
  const explicit = new Map<string, string>()
  for (const { loss, taught } of traced.blockUpdates) {
    const reached = new Set(loss ? teaches(loss) : [])
    const byLoss = taught.filter(({ isExplicit, parameter }) => !isExplicit && reached.has(parameter.node))
    if (loss && byLoss.length > 0)
      compared.push({ loss, parameters: byLoss.map(({ parameter }) => parameter.node) })
    for (const { isExplicit, parameter } of taught)
      if (isExplicit) explicit.set(parameter.name, ownName(parameter, program.learn.rule.name))
  }
  const worstError = async (elements: number) => {
    const errors: number[] = []
    for (const { loss, parameters } of compared)
      errors.push(await gradientError(loss, parameters, feeds, { elements }))
    return Math.max(...errors)
  }
  return { worstError: compared.length > 0 ? worstError : undefined, explicit }
}
