import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../error.ts'
import { didYouMean } from '../near-names.ts'
import { decodeModel, type Model } from '../onnx/proto.ts'
import { modelText } from '../onnx/text.ts'
import { loadBundle } from '../../runtime/bundle.ts'
import { fileError } from '../../runtime/file-error.ts'
import {
  graphTable,
  headline,
  layerTable,
  localityTable,
  parameterTable,
  scheduleTable,
  sections,
} from './describe.ts'
import { parseFlags } from './flags.ts'
import type { Manifest } from '../onnx/manifest.ts'

const flagSchema = z.object({
  json: z.boolean().default(false),
  locality: z.boolean().default(false),
  graph: z.string().optional(),
})

/** @throws UserError where the file cannot be read or is not an ONNX model. */
function readModel(path: string): Model {
  const bytes = readBytes(path)
  try {
    return decodeModel(bytes)
  } catch {
    throw new UserError('FileError', `${path} is not an ONNX model, or a part of it is missing`, {
      help: 'Give a bundle, a folder with a manifest.json, or a whole .onnx file.',
    })
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError('read', path, error)
  }
}

const printModel = (model: Model, json: boolean): void => {
  console.log(json ? JSON.stringify(model, null, 2) : modelText(model).trimEnd())
}

function graphFile(folder: string, manifest: Manifest, wanted: string): string {
  const graphs = sections(manifest).flatMap(({ graphs }) => graphs)
  const found = graphs.find(({ name, file }) => name === wanted || file === wanted)
  if (found) return join(folder, found.file)
  const names = graphs.map(({ name }) => name)
  throw new UserError('BundleError', `${folder} has no graph '${wanted}'`, {
    help: didYouMean(wanted, names),
  })
}

const overview = (manifest: Manifest): string =>
  [
    headline(manifest),
    layerTable(manifest),
    `Graphs, cost of one run each:\n\n${graphTable(sections(manifest))}`,
    `A training step:\n\n${scheduleTable(manifest)}`,
    `Parameters:\n\n${parameterTable(manifest)}`,
    `Locality, what each update reads:\n\n${localityTable(manifest)}`,
  ].join('\n\n')

export const inspectCommand = (): Command =>
  new Command('inspect')
    .summary('show what is in a bundle or an ONNX file')
    .description(
      'Show the graphs, costs, parameters and locality of a bundle, or the text of a graph or an ONNX file.',
    )
    .argument('<path>', 'a bundle, or a file.onnx')
    .option('--json', 'the same as JSON')
    .option('--locality', 'only which signals each update reads')
    .option('--graph <name>', 'the text of one graph of the bundle')
    .addHelpText(
      'after',
      `
Examples:
  hebb inspect bundles/mine
  hebb inspect bundles/mine --locality
  hebb inspect bundles/mine --graph conv1
  hebb inspect bundles/mine/conv1.onnx
  hebb inspect bundles/mine --json | jq .train.schedule`,
    )
    .action((path: string, _options: unknown, command: Command) => {
      const { json, locality, graph } = parseFlags(command, flagSchema)
      if (!existsSync(path))
        throw new UserError('FileError', `no file or folder ${path}`, {
          help: 'Give a bundle, the folder that hebb compile made, or an .onnx file.',
        })
      if (!statSync(path).isDirectory()) {
        printModel(readModel(path), json)
        return
      }
      const { manifest } = loadBundle(path)
      if (graph !== undefined) printModel(readModel(graphFile(path, manifest, graph)), json)
      else if (json) console.log(JSON.stringify(locality ? manifest.locality : manifest, null, 2))
      else console.log(locality ? localityTable(manifest) : overview(manifest))
    })
