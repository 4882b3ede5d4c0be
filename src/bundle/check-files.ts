import { UserError } from '../base/error.ts'
import type { Graph } from './schema/graph.ts'

/** Of all graphs of a bundle together; they are given their parameters, and hold few constants. */
const LARGEST_BUNDLE = 2 ** 29

/**
 * Looks after the files of a bundle: each is one graph's, and all together are not without measure.
 *
 * @param path of the manifest
 * @returns is told of each graph's bytes as they are read
 * @throws UserError ('BundleError')
 */
export function checkFiles(graphs: readonly Graph[], path: string): (bytes: Uint8Array) => void {
  const fail = (problem: string) =>
    new UserError('BundleError', `${path}: ${problem}`, { help: 'Compile the program again.' })
  const taken = new Set<string>()
  for (const { file } of graphs) {
    // Some systems take names that differ in case for one.
    if (taken.has(file.toLowerCase())) throw fail(`two graphs have the file ${file}`)
    taken.add(file.toLowerCase())
  }
  let total = 0
  return ({ length }) => {
    total += length
    if (total > LARGEST_BUNDLE) throw fail(`its graphs hold more than ${LARGEST_BUNDLE} bytes`)
  }
}
