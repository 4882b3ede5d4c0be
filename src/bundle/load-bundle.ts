import { join } from 'node:path'
import { z } from 'zod'
import { checkArgument, optionError } from '../base/check-options.ts'
import { path as anyPath } from '../base/kinds.ts'
import { UserError } from '../base/error.ts'
import { isThere } from '../base/file-kind.ts'
import { BUNDLE_VERSION, graphSize, manifestSchema, manifestSize, type Manifest } from './manifest.ts'
import type { Graph } from './schema/graph.ts'
import { readRegularFile, type WholeFile } from '../base/regular-file.ts'
import { problemOf } from '../base/strangers.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { checkFiles } from './check-files.ts'
import { checkGiven } from './check-given.ts'
import { checkGraphs } from './check-graph.ts'
import { checkParts } from './check-parts.ts'
import { checkSections } from './check-sections.ts'
import { checkSizes } from './check-sizes.ts'
import { sha256, type Bundle } from './bundle.ts'
import { graphsOf, sectionsOf } from './sections.ts'

const MENDING = 'Compile it again: hebb compile PROGRAM.ts --out DIR'

/**
 * Opens a bundle folder and checks all of it: every graph is there and is the one that the manifest describes. Graphs are
 * read when they are asked for, and checked again.
 *
 * @throws UserError ('OptionError', 'BundleError') that names the file and what is wrong with it.
 */
export function loadBundle(folder: string): Bundle {
  checkArgument('loadBundle', 'folder', anyPath, folder, optionError)
  const path = join(folder, 'manifest.json')
  const text = read(path, folder)
  const manifest = parseManifest(text, path)
  const graph = ({ file, sha256: wanted, bytes: size }: Graph): Uint8Array => {
    const path = join(folder, file)
    const bytes = read(path, folder, sizeOf(size))
    if (sha256(bytes) === wanted) return bytes
    throw new UserError('BundleError', `${path} is not the file that was compiled: its hash differs`, {
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
  checkGraphs(sections, counted, folder)
  checkSections(sections, path)
  checkGiven(manifest, path)
  checkParts(manifest, path)
  return { manifest, identity: manifest.identity, text, digest: sha256(text), graph }
}

/**
 * The files that a bundle's manifest names, itself included; the graphs are not looked at.
 *
 * @throws UserError ('BundleError') where there is no manifest, or it is damaged
 */
export function namedFiles(folder: string): string[] {
  const path = join(folder, 'manifest.json')
  const graphs = graphsOf(parseManifest(read(path, folder), path))
  return ['manifest.json', ...graphs.map(({ file }) => file)]
}

/** No more of a graph is read than its manifest says that there is. */
const sizeOf = (told: number | undefined): WholeFile =>
  told === undefined || told > graphSize.largest ? graphSize : { largest: told, what: 'by its manifest' }

function read(path: string, folder: string, limits: WholeFile = manifestSize): Uint8Array {
  if (isThere(path)) return readRegularFile(path, limits)
  throw new UserError('BundleError', `${folder} is not a bundle: ${path} is missing`, { help: MENDING })
}

function parseManifest(bytes: Uint8Array, path: string): Manifest {
  const fail = (problem: string, help = MENDING) =>
    new UserError('BundleError', `${path}: ${problem}`, { help })
  let value: unknown
  try {
    value = parseStrictJson(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw fail(error instanceof SyntaxError ? error.message : 'is not JSON')
  }
  // The version first: a manifest of another version may fail the schema in misleading ways.
  const head = z.object({ format: z.literal('hebb-bundle'), version: z.number() }).safeParse(value)
  if (!head.success) throw fail("is not a bundle's manifest")
  if (head.data.version > BUNDLE_VERSION)
    throw fail(
      `has format version ${head.data.version}, this hebb reads up to ${BUNDLE_VERSION}`,
      'Update hebb, or compile the program with this version.',
    )
  if (head.data.version < BUNDLE_VERSION)
    throw fail(`has format version ${head.data.version}, which is no longer read`)
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw fail(problemOf(parsed.error))
}
