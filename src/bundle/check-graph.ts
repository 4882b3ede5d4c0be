import { UserError } from '../base/error.ts'
import { Allowance } from './verify/allowance.ts'
import { readModel } from './verify/model.ts'
import { Refused, TooMuch } from './verify/refused.ts'
import { stepsInRun } from './shard-names.ts'
import { verifyGraph, type Demand } from './verify/verify-graph.ts'
import type { Chosen } from './verify/scope.ts'
import type { Graph } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/**
 * Refuses a graph that is not such as the compiler writes: with operators, attributes or fields of others, numbers in
 * other files, loops without end, or values whose sizes cannot be told before it runs.
 *
 * @param place the file, or the name of the graph
 * @param allowance how much there may be of it; as of one graph unless given
 * @returns what a run of it takes
 * @throws UserError ('BundleError')
 */
export function checkGraph(bytes: Uint8Array, place: string, chosen: Chosen, allowance?: Allowance): Demand {
  try {
    return verifyGraph(bytes, chosen, allowance)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new UserError('BundleError', `${place} is not a graph that hebb compiled: ${error.message}`, {
      help: 'Compile the program again. If somebody gave you the bundle, ask for the program instead.',
    })
  }
}

/** All graphs of a bundle's sections, as `checkGraph`. @param placeOf a file, as messages name it */
export function checkGraphs(
  sections: readonly { readonly section: Section }[],
  bytes: (graph: Graph) => Uint8Array,
  placeOf = (file: string): string => file,
): void {
  const bundle = Allowance.ofBundle()
  for (const { section } of sections) {
    const chosen = { steps: stepsInRun(section), batch: section.batch }
    for (const graph of section.graphs)
      checkGraph(bytes(graph), placeOf(graph.file), chosen, Allowance.ofGraph(bundle))
  }
}

/**
 * Refuses to write what would not be read again.
 *
 * @param program its name
 * @throws UserError ('BundleError')
 */
export function requireReadable(files: ReadonlyMap<string, Uint8Array>, program: string): void {
  const bundle = Allowance.ofBundle()
  for (const [file, bytes] of files)
    try {
      readModel(bytes, Allowance.ofGraph(bundle))
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error
      throw new UserError(
        'BundleError',
        `${program} is larger than a bundle may be: ${file}: ${error.message}`,
        {
          help: 'Use fewer layers, or join some: blocks of layers that learn together take fewer graphs.',
        },
      )
    }
}
