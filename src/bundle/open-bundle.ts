import { UserError } from '../base/error.ts'
import { checkFiles } from './check-files.ts'
import { checkGiven } from './check-given.ts'
import { checkGraphs } from './check-graph.ts'
import { checkParts } from './check-parts.ts'
import { checkSharded } from './check-sharded.ts'
import { checkSections } from './check-sections.ts'
import { checkSizes } from './check-sizes.ts'
import { MENDING, parseManifest } from './parse-manifest.ts'
import { graphsOf, sectionsOf } from './sections.ts'
import type { Bundle } from './bundle.ts'
import type { Graph } from './schema/graph.ts'

/** Where the files of a bundle come from: a folder, or a server. */
export interface BundleFiles {
  /** A file's place, as messages name it. */
  readonly placeOf: (file: string) => string
  /** The bytes of manifest.json. */
  readonly text: Uint8Array
  /** Those of a graph's file, whatever they are. */
  readonly read: (graph: Graph) => Uint8Array
  /** In hexadecimal digits. */
  readonly sha256: (bytes: Uint8Array) => string
}

/**
 * Checks all of a bundle: every graph is there and is the one that the manifest describes. Graphs are read when they are
 * asked for, and checked again.
 *
 * @throws UserError ('BundleError') that names the file and what is wrong with it.
 */
export function openBundle({ placeOf, text, read, sha256 }: BundleFiles): Bundle {
  const path = placeOf('manifest.json')
  const manifest = parseManifest(text, path)
  const graph = (each: Graph): Uint8Array => {
    const bytes = read(each)
    if (sha256(bytes) === each.sha256) return bytes
    const place = placeOf(each.file)
    throw new UserError('BundleError', `${place} is not the file that was compiled: its hash differs`, {
      help: MENDING,
    })
  }
  const sections = sectionsOf(manifest)
  checkSizes(sections, path, '; if it was smaller, the file is damaged: compile it again')
  const count = checkFiles(graphsOf(manifest), path)
  const counted = (each: Graph): Uint8Array => {
    const bytes = graph(each)
    count(bytes)
    return bytes
  }
  checkGraphs(sections, counted, placeOf)
  checkSections(sections, path)
  checkGiven(manifest, path)
  checkSharded(manifest, path)
  checkParts(manifest, path)
  return { manifest, identity: manifest.identity, text, digest: sha256(text), graph }
}
