import { Command } from 'commander'
import { z } from 'zod'
import { folder, parseFlags } from '../flags.ts'
import { placeForFile } from '../outputs.ts'
import { addSessionFlags, sessionFlags } from '../session-flags.ts'
import { showPath } from '../user-line.ts'
import { reportOf } from './report-of.ts'

const flagSchema = z.object({ data: folder.optional(), out: folder.optional(), ...sessionFlags })

export const reportCommand = (): Command =>
  addSessionFlags(
    new Command('report')
      .summary('a page of what a run is and what it has learned')
      .description(
        'Write a page of a run, finished or not, or of several side by side: settings and the command that makes it ' +
          'again, losses, accuracies, confusions, alignment, filters, nearest neighbours, an embedding, what each update ' +
          'reads and what a step costs. It needs no network.',
      )
      .argument('<runs...>', 'folders of runs')
      .option('--data <folder>', 'where the images lie now (default: where they did when the run was begun)')
      .option('--out <file>', 'the page (default: report.html in the folder of the first run)'),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb report runs/mine
  hebb report runs/mine runs/other --out compared.html
  hebb report runs/mine --data data/moved

Accuracies are those of hebb probe RUN --layers --json RUN/probe.json, alignment that of
hebb align PROGRAM --checkpoint RUN --json RUN/alignment.json; what is not there, the page says.`,
    )
    .action(async (runs: readonly string[], _options: unknown, command: Command) => {
      const { out, ...session } = parseFlags(command, flagSchema)
      const page = await reportOf(runs, {
        ...session,
        out: out === undefined ? undefined : placeForFile(out),
      })
      console.log(showPath(page))
    })
