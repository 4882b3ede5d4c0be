import { compileNodes } from './evaluate.ts'
import { traceProgram } from './trace-program.ts'
import type { Program } from '../../src/index.ts'

export interface FirstBlockUpdate {
  /** Names of all parameters, learned and fixed, and of all draws. */
  readonly parameters: readonly string[]
  readonly draws: readonly string[]
  /**
   * Loss and gradients of the first block update, where `given` replaces values by name: `views`, parameters, draws. An
   * average has the value of its parameter.
   */
  readonly run: (
    given: Readonly<Record<string, ArrayLike<number>>>,
  ) => Promise<{ readonly loss: number; readonly gradients: ReadonlyMap<string, Float64Array> }>
}

/** What the lowest layer (or block) of a program learns in its first step, as a function. */
export async function firstBlockUpdate(program: Program): Promise<FirstBlockUpdate> {
  const { traced, feeds } = traceProgram(program)
  const { registry, blockUpdates } = traced
  const [blockUpdate] = blockUpdates
  if (!blockUpdate?.loss) throw new Error('no loss')
  const { loss, taught } = blockUpdate
  const leaves = [...feeds.keys()]
  const compiled = await compileNodes([loss, ...taught.map(({ gradient }) => gradient)], leaves)
  return {
    parameters: registry.parameters.map(({ name }) => name),
    draws: registry.draws.map(({ draw }) => draw.name),
    run: async (given) => {
      const values = leaves.map((node) => {
        const name = String(node.attributes.name)
        return [node, given[name] ?? given[name.replace(/\.target$/, '')] ?? feeds.get(node) ?? []] as const
      })
      const [[value = NaN] = [], ...slopes] = await compiled(new Map(values))
      const gradients = taught.map(
        ({ parameter }, i) => [parameter.name, slopes[i] ?? new Float64Array()] as const,
      )
      return { loss: value, gradients: new Map(gradients) }
    },
  }
}
