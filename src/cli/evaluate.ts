import { Command, Option } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../runtime/files/atomic.ts'
import { openFor } from '../../runtime/batches/open-for.ts'
import { preparingVisibly } from './preparing.ts'
import { evaluate } from '../../runtime/evaluate/evaluate.ts'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { UserError } from '../base/error.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import { dataFor, findDataFor, openTrained, type Trained } from '../../runtime/files/trained.ts'
import { jsonText, printable } from '../base/printable.ts'
import { asDivided } from './set-aside.ts'
import { figuresText } from './evaluate-table.ts'
import { folder, parseFlags, which } from './flags.ts'
import { placeForFile } from './outputs.ts'
import { standing } from './standing.ts'
import { addSessionFlags, sessionFlags } from './session-flags.ts'
import { placeOf } from '../../runtime/session/options.ts'

const parts = ['train', 'validation', 'test'] as const
type Part = (typeof parts)[number]
const partNames = { train: 'training', validation: 'validation', test: 'test' }

const flagSchema = z.object({
  data: folder.optional(),
  split: z.enum(parts, { error: 'must be train, validation or test' }).default('test'),
  at: which.default('last'),
  average: z.boolean().default(false),
  json: folder.optional(),
  ...sessionFlags,
})

/** Of a run that has set images aside, training images are those that it was trained on. */
async function imagesOf(trained: Trained, named: string | undefined, part: Part): Promise<Dataset> {
  const source = await findDataFor(trained, named)
  const { manifest } = trained.bundle
  if (part === 'test') return openFor(manifest, source, part, preparingVisibly())
  const all = await openFor(manifest, source, 'train', preparingVisibly())
  const divided =
    trained.trainedOn?.validation === undefined ? undefined : asDivided(trained, all, await fingerprint(all))
  if (part === 'train') return divided ? divided.dataset : all
  if (divided?.aside) return divided.aside
  throw new UserError(
    'RunError',
    `the run has set none of the labelled images of ${printable(source.spec)} aside`,
    {
      help: 'hebb train --validation 0.1 does; or choose --split train or test.',
    },
  )
}

export const evaluateCommand = (): Command =>
  addSessionFlags(
    new Command('evaluate')
      .summary("measure a network's own classifiers")
      .description(
        'Classify images by the heads that a supervised program has learned with labels: accuracy, top 5, ' +
          'confusions, and figures of each class; one result a head. Programs without labels: hebb probe.',
      )
      .argument('<run>', 'the folder of a run')
      .option('--data <folder>', 'images (default: those of the run)')
      .addOption(
        new Option(
          '--split <name>',
          'which of them: train, validation (what the run has set aside), or test (default: test)',
        ),
      )
      .option(
        '--at <which>',
        'which checkpoint: last, best, or the step of one that was kept (default: last)',
      )
      .option('--average', 'the average of the weights that the run keeps, in place of its last')
      .option('--json <file>', 'write the figures there, too'),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb evaluate runs/mine
  hebb evaluate runs/mine --split train
  hebb evaluate runs/mine --split validation
  hebb evaluate runs/mine --at best --json runs/mine/evaluation.json`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const { data: given, split, at, average, json, ...session } = parseFlags(command, flagSchema)
      const place = json === undefined ? undefined : placeForFile(json)
      const trained = openTrained(path, { at, average })
      const { bundle, values, program, step, totalSteps } = trained
      const data = dataFor(trained, given)
      const dataset = await imagesOf(trained, given, split)
      const heads = await evaluate(values, { bundle, dataset, ...placeOf(session) })
      const images = `${dataset.count} ${partNames[split]} images`
      console.log(
        `${printable(program)} ${standing(trained, { at, average })}, its own classifiers on ${images}, in %\n`,
      )
      console.log(figuresText(heads))
      if (place !== undefined)
        writeAtomically(place, [
          `${jsonText({ program, data, split, at, step, totalSteps, average, heads })}\n`,
        ])
    })
