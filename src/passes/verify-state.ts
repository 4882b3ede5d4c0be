import { verify } from '../ir/verify.ts'
import type { GraphSource } from '../ir/graph.ts'

/** Whether the graphs that each pass leaves are checked. Tests do, and so does a user who looks for a bug of the compiler. */
export const isVerified = process.env.HEBB_VERIFY === '1'

/** @throws Error, of a bug of the compiler, that names the pass. */
export function verifyGraphs(pass: string, graphs: readonly GraphSource[]): void {
  for (const each of graphs)
    try {
      verify(
        each.outputs.map(({ node }) => node),
        each.inputs.map(({ node }) => node),
      )
    } catch (error) {
      throw new Error(`after '${pass}', graph '${each.name}'`, { cause: error })
    }
}
