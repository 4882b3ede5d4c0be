import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { makeFolder } from '../base/make-folder.ts'
import { jsonText } from '../base/printable.ts'
import { writeAtomically } from '../../runtime/files/atomic.ts'
import { recordedPlace } from '../../runtime/files/recorded-data.ts'
import { openRun } from '../../runtime/files/run-folder.ts'
import { renderAlignmentReport, renderAlignmentSvg } from '../../report/index.ts'
import { programFigures, type AlignmentFigures } from './align-figures.ts'
import { alignDefaults as defaults, measurePrograms, preparePrograms } from './align-measure.ts'
import { alignmentReport } from './align-report.ts'
import { alignmentText } from './align-table.ts'
import { exitCodes } from './exit-codes.ts'
import { folder, numberBetween, parseFlags, seedNumber, wholeNumber } from './flags.ts'
import { interruptible } from './interrupt.ts'
import { placeForFile, requireFolderPlace } from './outputs.ts'
import { addProgramFlags, programFlags } from './program-flags.ts'
import { addSessionFlags, sessionFlags } from './session-flags.ts'
import { showPath } from './user-line.ts'

const flagSchema = z.object({
  data: folder.optional(),
  checkpoint: z.array(folder).default([]),
  average: z.boolean().default(false),
  batches: wholeNumber(1).default(defaults.batches),
  seed: seedNumber.default(defaults.seed),
  trainProjections: wholeNumber(1).optional(),
  projectionRate: numberBetween(0, Infinity).default(defaults.projectionRate),
  json: folder.optional(),
  out: folder.optional(),
  ...sessionFlags,
  ...programFlags,
})
type Flags = z.infer<typeof flagSchema> & { readonly data: string }

const FILES = { figures: 'alignment.json', chart: 'alignment.svg', page: 'report.html' }

/** Where figures and report go. */
type Places = Pick<Flags, 'json' | 'out'>

/** @throws UserError where they cannot be written. */
function placesOf({ json, out }: Places): Places {
  if (out !== undefined) requireFolderPlace(out, Object.values(FILES))
  return { out, json: json === undefined ? undefined : placeForFile(json) }
}

async function write(figures: AlignmentFigures, { json, out }: Places, command: string): Promise<void> {
  const text = `${jsonText(figures)}\n`
  if (json !== undefined) writeAtomically(json, [text])
  if (out === undefined) return
  makeFolder(out)
  const report = alignmentReport(figures, command)
  writeAtomically(join(out, FILES.figures), [text])
  writeAtomically(join(out, FILES.chart), [await renderAlignmentSvg(report)])
  writeAtomically(join(out, FILES.page), [await renderAlignmentReport(report)])
  console.log(`\nThe report: ${showPath(join(out, FILES.page))}`)
}

/** Images of the first run, where none are named. */
function dataOf(flags: z.infer<typeof flagSchema>, command: Command): string {
  const [run] = flags.checkpoint
  if (flags.data !== undefined) return flags.data
  if (run !== undefined) return recordedPlace(openRun(run).record)
  return command.error("error: required option '--data <folder>' not specified", {
    code: 'hebb.invalidFlag',
    exitCode: exitCodes.usage,
  })
}

export const alignCommand = (): Command =>
  addProgramFlags(
    addSessionFlags(
      new Command('align')
        .summary('compare local updates with backpropagation')
        .description(
          "Compare each layer's local update with that of the same loss backpropagated from the top: the cosine between " +
            'the two and the ratio of their lengths, for the same parameters, images, views and negatives.',
        )
        .argument('<programs...>', 'program.ts files, shown side by side')
        .option('--data <folder>', 'images (default: those of the first checkpoint)')
        .option(
          '--checkpoint <run>',
          "parameters of a run, in place of the seed's; once for all programs, or once for each in their order",
          (run: string, runs: readonly string[] | undefined) => [...(runs ?? []), run],
        )
        .option('--average', 'the average of the weights of each run, in place of its last')
        .option('--batches <number>', `how many are measured (default: ${defaults.batches})`)
        .option('--seed <number>', `of parameters, batches, views and negatives (default: ${defaults.seed})`)
        .option(
          '--train-projections <steps>',
          'also train the projections, the encoder frozen, to match backpropagation, and measure again',
        )
        .option('--projection-rate <number>', `of Adam, to begin with (default: ${defaults.projectionRate})`)
        .option('--json <file>', 'write the figures there, batch by batch')
        .option('--out <folder>', 'write alignment.json, alignment.svg and report.html there'),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb align mine.ts --data data/fashion-mnist
  hebb align local.ts feedback.ts --data data/fashion-mnist --batches 20 --out reports/alignment
  hebb align mine.ts --checkpoint runs/mine --json alignment.json
  hebb align mine.ts --data data/fashion-mnist --train-projections 1000

A cosine of 1 is backpropagation's own direction; the top layer has it, as both take the same loss there.`,
    )
    .action(async (paths: string[], _options: unknown, command: Command) => {
      const given = parseFlags(command, flagSchema)
      const flags: Flags = { ...given, data: dataOf(given, command) }
      if (![0, 1, paths.length].includes(flags.checkpoint.length))
        command.error(
          `error: ${flags.checkpoint.length} checkpoints for ${paths.length} programs: give one for all, or one for each`,
          { code: 'hebb.invalidFlag', exitCode: exitCodes.usage },
        )
      if (flags.average && flags.checkpoint.length === 0)
        command.error('error: --average is of runs: give one with --checkpoint', {
          code: 'hebb.invalidFlag',
          exitCode: exitCodes.usage,
        })
      const notice = 'Stopping after this batch; nothing is written.'
      const places = placesOf(flags)
      const prepared = await preparePrograms(paths, flags)
      const measured = await interruptible(
        notice,
        (signal) => measurePrograms(prepared, flags, signal),
        (programs) => programs === undefined,
      )
      if (!measured) return
      const { data, batches, seed, trainProjections: steps, projectionRate: rate } = flags
      const figures: AlignmentFigures = {
        ...{ data, batches, seed },
        projections: steps === undefined ? null : { steps, rate },
        programs: programFigures(measured),
      }
      console.log(alignmentText(figures))
      await write(figures, places, ['hebb align', ...process.argv.slice(3)].join(' '))
    })
