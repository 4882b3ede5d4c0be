import { Command, Option } from 'commander'
import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { modelText } from '../onnx/text.ts'
import { jsonText } from '../base/printable.ts'
import {
  graphsByPurpose,
  graphTable,
  headings,
  layerTable,
  logTable,
  parameterTable,
  scheduleTable,
} from './describe.ts'
import { exitCodes } from './exit-codes.ts'
import { afterPass, observed, passTable } from './inspect-passes.ts'
import { parseFlags } from './flags.ts'
import {
  graphOf,
  isFile,
  openInspected,
  readModel,
  requireThere,
  shardedOf,
  type Inspected,
} from './inspected.ts'
import { isProgramPath } from './load-program.ts'
import { comparisonTable, localityTable } from './locality-table.ts'
import { loweringTable } from './lowering-table.ts'
import { shardsFlag } from './lowering-flags.ts'
import { addProgramFlags, programFlags } from './program-flags.ts'
import { describeShards } from './shards/description.ts'
import { shardTables } from './shards/tables.ts'
import type { LoadFlags } from './settings.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { Model } from '../onnx/proto.ts'

const flagSchema = z.object({
  json: z.boolean().default(false),
  locality: z.boolean().default(false),
  lowering: z.boolean().default(false),
  passes: z.boolean().default(false),
  after: z.string().optional(),
  graph: z.string().optional(),
  ...shardsFlag,
  ...programFlags,
})

const printModel = (model: Model, json: boolean): void => {
  console.log(json ? jsonText(model) : modelText(model).trimEnd())
}

const overview = (manifest: Manifest): string =>
  [
    headings(manifest),
    layerTable(manifest),
    `Graphs, cost of one step each:\n\n${graphTable(graphsByPurpose(manifest))}`,
    `A training step:\n\n${scheduleTable(manifest)}`,
    ...[logTable(manifest) ?? []].flat(),
    `Parameters:\n\n${parameterTable(manifest)}`,
    `Locality, what each update reads:\n\n${localityTable(manifest)}`,
  ].join('\n\n')

async function compare(paths: readonly string[], json: boolean, flags: LoadFlags): Promise<void> {
  const file = paths.find(isFile)
  if (file !== undefined)
    throw new UserError('FileError', `${file} is a single file: it does not say what updates read`, {
      help: 'Give programs or bundles.',
    })
  const opened: Inspected[] = []
  for (const path of paths) opened.push(await openInspected(path, flags))
  const data = opened.map(({ path, manifest: { program, locality } }) => ({
    path,
    program: program.name,
    locality,
  }))
  console.log(json ? jsonText(data) : comparisonTable(opened.map(({ manifest }) => manifest)))
}

export const inspectCommand = (): Command =>
  addProgramFlags(
    new Command('inspect')
      .summary('show what is in a program, a bundle, a run or an ONNX file')
      .description(
        'Show the graphs, costs, parameters and locality of a program, a bundle or a run, or the text of a graph or an ONNX file.',
      )
      .argument('<paths...>', 'a program.ts (or program.ts#export), a bundle, a run, or a file.onnx')
      .option('--json', 'the same as JSON')
      .option('--locality', 'only which signals each update reads; of several programs, side by side')
      .addOption(
        new Option(
          '--lowering',
          'only how each convolution and its gradients are computed, and why',
        ).conflicts('locality'),
      )
      .addOption(
        new Option('--graph <name>', 'the text of one graph of the bundle').conflicts([
          'locality',
          'lowering',
        ]),
      )
      .addOption(
        new Option('--passes', 'only what each pass of the compiler leaves, and how long it takes').conflicts(
          ['locality', 'lowering', 'after', 'json'],
        ),
      )
      .addOption(
        new Option('--after <pass>', 'with --graph: the graph as a pass of the compiler leaves it').conflicts(
          ['locality', 'lowering', 'json'],
        ),
      )
      .addOption(
        new Option(
          '--shards <number>',
          'only a step dealt to so many shards: who does what, and what crosses between them; with --graph one of its graphs, with --passes what each pass leaves of it',
        ).conflicts(['locality', 'lowering']),
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb inspect mine.ts
  hebb inspect bundles/mine
  hebb inspect runs/mine
  hebb inspect mine.ts --locality
  hebb inspect --locality mine.ts recipes.ts#backpropagation bundles/other
  hebb inspect mine.ts --lowering
  hebb inspect mine.ts --shards 2
  hebb inspect bundles/mine --graph conv1
  hebb inspect mine.ts --passes
  hebb inspect mine.ts --passes --shards 2
  hebb inspect mine.ts --graph conv2 --after slices
  hebb inspect mine.ts --shards 2 --graph train.1 --after legalise
  hebb inspect bundles/mine/conv1.onnx
  hebb inspect bundles/mine --json | jq .train.schedule

recipes.ts#backpropagation is the program that recipes.ts exports under that name; otherwise its default export.`,
    )
    .action(async (paths: readonly string[], _options: unknown, command: Command) => {
      const { json, locality, lowering, passes, after, graph, ...flags } = parseFlags(command, flagSchema)
      const [path = '', ...others] = paths
      if (others.length > 0 && !locality)
        command.error('error: several paths are shown side by side with --locality only', {
          exitCode: exitCodes.usage,
        })
      paths.forEach(requireThere)
      if (others.length > 0) {
        await compare(paths, json, flags)
        return
      }
      if (passes || after !== undefined) {
        const usage = (message: string) => command.error(`error: ${message}`, { exitCode: exitCodes.usage })
        if (!isProgramPath(path))
          usage(`${path} is compiled already: --passes and --after need a program, not a bundle`)
        if (after === undefined) console.log(passTable(await observed(path, flags), graph))
        else if (graph === undefined) usage('--after needs --graph <name>')
        else console.log(afterPass(await observed(path, flags), graph, after))
        return
      }
      if (isFile(path)) {
        if (locality || lowering || graph !== undefined || flags.shards !== undefined)
          command.error(
            `error: ${path} is a single graph: --locality, --lowering, --shards and --graph are of bundles`,
            {
              exitCode: exitCodes.usage,
            },
          )
        printModel(readModel(path), json)
        return
      }
      const inspected = await openInspected(path, flags)
      const { manifest } = inspected
      if (flags.shards !== undefined && graph === undefined) {
        const sharded = shardedOf(inspected, flags.shards)
        console.log(json ? jsonText(describeShards(sharded)) : shardTables(sharded))
      } else if (graph !== undefined) printModel(graphOf(inspected, graph), json)
      else if (json) {
        const part = locality ? manifest.locality : lowering ? manifest.lowering : manifest
        console.log(jsonText(part))
      } else if (lowering) console.log(loweringTable(manifest))
      else console.log(locality ? localityTable(manifest) : overview(manifest))
    })
