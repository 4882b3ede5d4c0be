import { UserError } from '../base/error.ts'
import { checkGiven } from './check-given.ts'
import { checkGraphs, requireReadable } from './check-graph.ts'
import { checkSharded } from './check-sharded.ts'
import { checkSections } from './check-sections.ts'
import { sectionsOf } from './sections.ts'
import { sha256 } from './sha256.ts'
import { graphSize, type Manifest } from './manifest.ts'
import type { Bundle } from './bundle.ts'
import type { Graph } from './schema/graph.ts'

/** A bundle that lies in memory. */
export interface CompiledBundle extends Bundle {
  /** Its graphs by the names of their files. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/**
 * A bundle of graphs that were emitted just now.
 *
 * @throws UserError ('BundleError') where its sections cannot run, as `loadBundle` does
 */
export function bundleInMemory(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): CompiledBundle {
  for (const [file, bytes] of files) requireSize(file, bytes)
  requireReadable(files, manifest.program.name)
  checkSections(sectionsOf(manifest), manifest.program.name)
  checkGiven(manifest, manifest.program.name)
  checkSharded(manifest, manifest.program.name)
  const text = Buffer.from(manifestText(manifest))
  const graph = ({ file }: Graph): Uint8Array => {
    const bytes = files.get(file)
    if (!bytes) throw new Error(`no graph ${file} was compiled`)
    return bytes
  }
  if (process.env.HEBB_VERIFY === '1') checkGraphs(sectionsOf(manifest), graph)
  return { manifest, identity: manifest.identity, text, digest: sha256(text), graph, files }
}

/** What is larger would not be read again. */
function requireSize(file: string, { length }: Uint8Array): void {
  const { largest, what } = graphSize
  if (length <= largest) return
  throw new UserError('BundleError', `${file} would hold ${length} bytes, and ${what} at most ${largest}`, {
    help: 'It has large constants: let parameters, or states that do not change, take their place.',
  })
}

/** Indented, keys in the order of the schema; lists of numbers stay on one line. */
const manifestText = (manifest: Manifest): string =>
  `${JSON.stringify(manifest, null, 2).replace(/\[\n[^[\]{}"]*\]/g, oneLine)}\n`

const oneLine = (list: string): string => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']')
