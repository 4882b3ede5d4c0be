import { Option, type Command } from 'commander'
import { z } from 'zod'
import { alignDefaults } from '../align-measure.ts'
import { wholeNumber } from '../flags.ts'
import { watchedFlags } from '../operation-flags.ts'
import { probeDefaults } from '../probe-trained.ts'
import { addTrainFlags, trainFlags } from '../train-flags.ts'

/** The names of flags that say how a run is judged; those of the training are the others. */
export const judging = ['probeEpochs', 'k', 'labels', 'align', 'report', 'alignBatches'] as const

/** Flags of commands that train runs and judge them. */
export const runFlags = {
  ...trainFlags,
  probeEpochs: wholeNumber(1, 1_000_000).default(probeDefaults.epochs),
  k: wholeNumber(1).default(probeDefaults.k),
  labels: wholeNumber(1).default(probeDefaults.labels),
  align: z.boolean().default(false),
  report: z.boolean().default(true),
  alignBatches: wholeNumber(1).default(alignDefaults.batches),
  /** What the program must be: a sweep is of the programs that it was begun with. */
  expect: z.string().optional(),
}

export const flagSchema = z.object({ ...runFlags, ...watchedFlags })
export type Flags = z.infer<typeof flagSchema>

export const addRunFlags = (command: Command): Command =>
  addTrainFlags(command)
    .option('--probe-epochs <number>', `of the linear classifier (default: ${probeDefaults.epochs})`)
    .option('--k <number>', `neighbours that vote (default: ${probeDefaults.k})`)
    .option('--labels <number>', `labels a class of the probe with few (default: ${probeDefaults.labels})`)
    .option('--align', 'also compare the updates of every layer with backpropagation, as hebb align does')
    .option('--align-batches <number>', `how many are measured (default: ${alignDefaults.batches})`)
    .option('--no-report', 'write no report.html')
    .addOption(new Option('--expect <identity>').hideHelp())
