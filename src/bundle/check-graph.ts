import { join } from 'node:path'
import { UserError } from '../base/error.ts'
import { Refused } from './verify/refused.ts'
import { verifyGraph, type Demand } from './verify/verify-graph.ts'
import type { Chosen } from './verify/scope.ts'
import type { Graph } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/**
 * Refuses a graph that is not such as the compiler writes: with operators, attributes or fields of others, numbers in
 * other files, loops without end, or values whose sizes cannot be told before it runs.
 *
 * @param place the file, or the name of the graph
 * @returns what a run of it takes
 * @throws UserError ('BundleError')
 */
export function checkGraph(bytes: Uint8Array, place: string, chosen: Chosen): Demand {
  try {
    return verifyGraph(bytes, chosen)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new UserError('BundleError', `${place} is not a graph that hebb compiled: ${error.message}`, {
      help: 'Compile the program again. If somebody gave you the bundle, ask for the program instead.',
    })
  }
}

/** All graphs of some sections, as `checkGraph`. @param folder that they lie in */
export function checkGraphs(
  sections: readonly { readonly section: Section }[],
  bytes: (graph: Graph) => Uint8Array,
  folder = '',
): void {
  for (const { section } of sections) {
    const chosen = { steps: section.stepsPerRun, batch: section.batch }
    for (const graph of section.graphs) checkGraph(bytes(graph), join(folder, graph.file), chosen)
  }
}
