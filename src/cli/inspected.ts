import { UserError } from '../base/error.ts'
import { isThere, kindOf } from '../base/file-kind.ts'
import { didYouMean } from '../base/near-names.ts'
import { decodeModel, TooManyParts, type Model } from '../onnx/proto.ts'
import { readRegularFile } from '../base/regular-file.ts'
import { loadBundle } from '../bundle/load-bundle.ts'
import { compileFile, type CompileFlags } from './compile.ts'
import { isEncoderFolder } from '../../runtime/files/encoder-folder.ts'
import { runFiles } from '../../runtime/files/run-files.ts'
import { graphsOf } from '../bundle/sections.ts'
import { isProgramPath } from './load-program.ts'
import type { Graph } from '../bundle/schema/graph.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { Section } from '../bundle/schema/section.ts'

/** What `hebb inspect` is given: a program, a bundle, a run or the file of a graph. */

/** A bundle that lies in a folder, or one just compiled. */
export interface Inspected {
  readonly path: string
  readonly manifest: Manifest
  readonly bytes: (graph: Graph) => Uint8Array | undefined
}

/** Of the folder of a run, or of an encoder that was imported, the bundle in it. */
const bundleIn = (path: string): string => {
  const { bundle, record } = runFiles(path)
  return isThere(record) || isEncoderFolder(path) ? bundle : path
}

/** @param flags how a program is compiled; a bundle is as it was */
export async function openInspected(path: string, flags: CompileFlags): Promise<Inspected> {
  if (isProgramPath(path)) {
    const { manifest, files } = await compileFile(path, flags)
    return { path, manifest, bytes: ({ file }) => files.get(file) }
  }
  const { manifest, graph } = loadBundle(bundleIn(path))
  return { path, manifest, bytes: graph }
}

/** @throws UserError where nothing is there. */
export function requireThere(path: string): void {
  if (isProgramPath(path) || isThere(path)) return
  throw new UserError('FileError', `no file or folder ${path}`, {
    help: 'Give a program, a bundle (the folder that hebb compile made), a run or an .onnx file.',
  })
}

export const isFile = (path: string): boolean => !isProgramPath(path) && kindOf(path) !== 'folder'

/** A model may have its weights inside. */
const modelSize = { largest: 256 * 1024 * 1024, what: 'a graph' } as const

/** @throws UserError where the file cannot be read or is not an ONNX model. */
export function readModel(path: string): Model {
  return toModel(readRegularFile(path, modelSize), path)
}

function toModel(bytes: Uint8Array, path: string): Model {
  try {
    return decodeModel(bytes)
  } catch (error) {
    if (error instanceof TooManyParts)
      throw new UserError('FileError', `cannot show ${path}: ${error.message}`, {
        help: 'It is damaged, or too large to be read as text.',
      })
    throw new UserError('FileError', `${path} is not an ONNX model, or a part of it is missing`, {
      help: 'Give a program, a bundle (a folder with a manifest.json) or a whole .onnx file.',
    })
  }
}

/** @throws UserError where the bundle has no graph of this name, or it is not an ONNX model. */
export function graphOf({ path, manifest, bytes }: Inspected, wanted: string): Model {
  const graphs = graphsOf(manifest)
  const found = graphs.find(({ name, file }) => name === wanted || file === wanted)
  const content = found && bytes(found)
  if (content) return toModel(content, found.file)
  const names = graphs.map(({ name }) => name)
  throw new UserError('BundleError', `${path} has no graph '${wanted}'`, { help: didYouMean(wanted, names) })
}

/** The training step that is dealt to so many shards. @throws UserError where the bundle has none */
export function shardedOf({ path, manifest: { sharded } }: Inspected, shards: number): Section {
  if (sharded?.shards === shards) return sharded
  const has = sharded?.shards === undefined ? 'no' : String(sharded.shards)
  throw new UserError('BundleError', `${path} was compiled for ${has} shards, not for ${shards}`, {
    help: `Compile the program for them: hebb compile mine.ts --shards ${shards}; or inspect the program.`,
  })
}
