import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { isThere } from '../base/file-kind.ts'
import { BUNDLE_VERSION, manifestSchema, manifestSize, type Manifest } from './manifest.ts'
import type { Graph } from './schema/graph.ts'
import { readRegularFile, type WholeFile } from '../base/regular-file.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { checkSections } from './check-sections.ts'
import { checkSizes } from './check-sizes.ts'

/** A compiled program, checked: every graph is there and is the one that the manifest describes. */
export interface LoadedBundle {
  readonly manifest: Manifest
  /** What is computed, whatever graphs compute it: see `Manifest.identity`. */
  readonly identity: string
  /** The bytes of manifest.json. */
  readonly text: Uint8Array
  /** SHA-256 of these, and so, by the hashes in them, of all graphs. */
  readonly digest: string
  /** The bytes of a graph, read anew and checked. */
  readonly graph: (graph: Graph) => Uint8Array
}

/** Graphs are given their parameters, and hold few constants. */
export const graphSize: WholeFile = { largest: 256 * 1024 * 1024, what: 'a graph' }

const MENDING = 'Compile it again: hebb compile PROGRAM.ts --out DIR'

/**
 * Opens a bundle folder and checks all of it.
 *
 * @throws UserError ('BundleError') that names the file and what is wrong with it.
 */
export const loadBundle = (folder: string): LoadedBundle =>
  bundleOf((name) => ({ path: join(folder, name), bytes: read(join(folder, name), folder) }))

/** A bundle that was compiled in this process. */
export const bundleInMemory = (manifest: string, files: ReadonlyMap<string, Uint8Array>): LoadedBundle => {
  const all = new Map([...files, ['manifest.json', Buffer.from(manifest)]])
  return bundleOf((name) => {
    const bytes = all.get(name)
    if (!bytes) throw new Error(`no ${name} was compiled`)
    return { path: name, bytes }
  })
}

/** @param file gives one of a bundle's files, and how messages name it */
function bundleOf(
  file: (name: string) => { readonly path: string; readonly bytes: Uint8Array },
): LoadedBundle {
  const { path, bytes: text } = file('manifest.json')
  const manifest = parseManifest(text, path)
  const graph = (graph: Graph): Uint8Array => {
    const { path, bytes } = file(graph.file)
    if (sha256(bytes) !== graph.sha256)
      throw new UserError('BundleError', `${path} is not the file that was compiled: its hash differs`, {
        help: MENDING,
      })
    return bytes
  }
  const sections = sectionsOf(manifest)
  for (const { section } of sections) section.graphs.forEach(graph)
  checkSizes(sections, path)
  checkSections(sections, path)
  return { manifest, identity: manifest.identity, text, digest: sha256(text), graph }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/**
 * The files that a bundle's manifest names, itself included; the graphs are not looked at.
 *
 * @throws UserError ('BundleError') where there is no manifest, or it is damaged
 */
export function namedFiles(folder: string): string[] {
  const path = join(folder, 'manifest.json')
  const sections = sectionsOf(parseManifest(read(path, folder), path))
  return ['manifest.json', ...sections.flatMap(({ section }) => section.graphs.map(({ file }) => file))]
}

export const sectionsOf = ({ train, augment, encode, probes }: Manifest) => [
  { name: 'train', section: train, learns: true },
  { name: 'augment', section: augment, learns: false },
  { name: 'encode', section: encode, learns: false },
  ...probes.flatMap((probe) => [
    { name: `probe ${probe.name}`, section: probe.train, learns: true },
    { name: `probe ${probe.name}`, section: probe.classify, learns: false },
    ...(probe.products ? [{ name: `probe ${probe.name}`, section: probe.products, learns: false }] : []),
  ]),
]

function read(path: string, folder: string): Uint8Array {
  const limits = path.endsWith('.onnx') ? graphSize : manifestSize
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
  const [issue] = parsed.error.issues
  throw fail(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit the schema'}`)
}
