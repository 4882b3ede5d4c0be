import { Command } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { folder, parseFlags } from '../flags.ts'
import { placeForFile } from '../outputs.ts'

import { runFolders } from '../sweep/record.ts'
import { compareRuns } from './comparison.ts'
import { comparisonJson, runsCsv } from './files.ts'
import { measuredRun } from './measured.ts'
import { comparisonText } from './text.ts'

const flagSchema = z.object({
  baseline: z.string().optional(),
  layers: z.boolean().default(false),
  csv: folder.optional(),
  json: folder.optional(),
})

export const compareCommand = (): Command =>
  new Command('compare')
    .summary('tables of several runs, over seeds')
    .description(
      'Compare runs, or all runs of sweeps: mean and standard deviation over seeds of accuracies, last losses, alignment ' +
        'and time, for each program and its options; and differences over the seeds that two have in common.',
    )
    .argument('<runs...>', 'folders of runs, or of sweeps')
    .option(
      '--baseline <name>',
      'what the others are compared with: a name in the table, or the folder of a run (default: the first)',
    )
    .option('--layers', "also what each layer's features know")
    .option('--csv <file>', 'write a row for each run there')
    .option('--json <file>', 'write all figures there')
    .addHelpText(
      'after',
      `
Examples:
  hebb compare runs/local runs/global
  hebb compare sweeps/lr --baseline 'mine lr 0.001' --csv lr.csv

The standard deviation is that of the seeds (n - 1); of one seed there is none.`,
    )
    .action((paths: string[], _options: unknown, command: Command) => {
      const { baseline, layers, ...files } = parseFlags(command, flagSchema)
      const [csv, json] = [files.csv, files.json].map((path) =>
        path === undefined ? undefined : placeForFile(path),
      )
      const folders = [...new Set(paths.flatMap(runFolders))]
      const comparison = compareRuns(folders.map(measuredRun), baseline)
      console.log(comparisonText(comparison, layers))
      if (csv !== undefined) writeAtomically(csv, [runsCsv(comparison)])
      if (json !== undefined) writeAtomically(json, [comparisonJson(comparison)])
    })
