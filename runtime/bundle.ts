import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../src/error.ts'
import { BUNDLE_VERSION, manifestSchema, type Graph, type Manifest } from '../src/onnx/manifest.ts'
import { checkSections } from './bundle-check.ts'
import { fileError, isSystemError } from './file-error.ts'

/** A compiled program on disk, checked: every graph is there and is the one that the manifest describes. */
export interface LoadedBundle {
  readonly folder: string
  readonly manifest: Manifest
  /** SHA-256 of the manifest, which holds the hashes of the graphs: the identity of the program. */
  readonly identity: string
  /** The bytes of a graph, read anew and checked. */
  readonly graph: (graph: Graph) => Uint8Array
}

const MENDING = 'Compile it again: hebb compile PROGRAM.ts --out DIR'

/**
 * Opens a bundle folder and checks all of it.
 *
 * @throws UserError ('BundleError') that names the file and what is wrong with it.
 */
export function loadBundle(folder: string): LoadedBundle {
  const path = join(folder, 'manifest.json')
  const text = read(path, folder)
  const manifest = parseManifest(text, path)
  const graph = (graph: Graph): Uint8Array => {
    const file = join(folder, graph.file)
    const bytes = read(file, folder)
    if (createHash('sha256').update(bytes).digest('hex') !== graph.sha256)
      throw new UserError('BundleError', `${file} is not the file that was compiled: its hash differs`, {
        help: MENDING,
      })
    return bytes
  }
  const sections = sectionsOf(manifest)
  for (const { section } of sections) section.graphs.forEach(graph)
  checkSections(sections, path)
  return { folder, manifest, identity: createHash('sha256').update(text).digest('hex'), graph }
}

export const sectionsOf = ({ train, augment, encode, probes }: Manifest) => [
  { name: 'train', section: train },
  { name: 'augment', section: augment },
  { name: 'encode', section: encode },
  ...probes.flatMap((probe) => [
    { name: `probe ${probe.name}`, section: probe.train },
    { name: `probe ${probe.name}`, section: probe.classify },
    ...(probe.products ? [{ name: `probe ${probe.name}`, section: probe.products }] : []),
  ]),
]

function read(path: string, folder: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      throw new UserError('BundleError', `${folder} is not a bundle: ${path} is missing`, { help: MENDING })
    throw fileError('read', path, error)
  }
}

function parseManifest(bytes: Uint8Array, path: string): Manifest {
  const fail = (problem: string, help = MENDING) =>
    new UserError('BundleError', `${path}: ${problem}`, { help })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw fail('is not JSON')
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
