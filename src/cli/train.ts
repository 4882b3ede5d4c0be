import { Command, Option } from 'commander'
import { z } from 'zod'
import { UserError } from '../base/error.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { ranges } from '../../runtime/given/ranges.ts'
import { requirePlaceForRun } from '../../runtime/files/place-for-run.ts'
import { openRun } from '../../runtime/files/run-folder.ts'
import { metricNames } from '../../runtime/train/metric.ts'
import { bundleFrom, bundleToTrain } from './bundle-from.ts'
import { exitCodes } from './exit-codes.ts'
import { loweringForTraining } from './lowering-flags.ts'
import { folder, parseFlags, wholeNumber } from './flags.ts'
import { givenWords } from './given-words.ts'
import { findData } from '../../runtime/data/open.ts'
import type { DataSource } from '../../runtime/data/format.ts'
import { classesOfData, classesOfRun, type ClassesOf } from './classes.ts'
import { requireFolderPlace } from './outputs.ts'
import { shardsForTraining } from './shards/for-training.ts'
import { requireCudaFlags } from './session-flags.ts'
import { addOperationFlags, watchedFlags } from './operation-flags.ts'
import { serverFlags } from './server-flags.ts'
import { addTrainFlags, checkTrainFlags, trainFlags } from './train-flags.ts'
import { tellSummary, trainVisibly } from './train-visibly.ts'

/** A run knows its bundle and its data: only a new one needs to be told. */
const flagSchema = z.object({
  ...trainFlags,
  ...watchedFlags,
  data: folder.optional(),
  resume: z.boolean().default(false),
  fromStep: wholeNumber(...ranges.fromStep).optional(),
  ...serverFlags,
  layersOn: wholeNumber(...ranges.groups).optional(),
})
const newRunSchema = flagSchema.extend({ data: folder })

/**
 * A run that goes on must be given the program that it began with, if it is given one; `named` is how. It goes on with its own
 * graphs: where the program logs something else now, that is told.
 */
function requireSameProgram({ manifest, identity }: Bundle, named: string, out: string): void {
  const run = openRun(out)
  if (identity === run.record.identity) {
    const [now, before] = [manifest, run.bundle.manifest].map(({ train }) =>
      metricNames({ train }).sort().join(', '),
    )
    if (now !== before)
      console.error(
        `${out} goes on with its own graphs, which show ${before}; of ${named}, new runs show ${now}.`,
      )
    return
  }
  throw new UserError('RunError', `${out} is a run of another program than ${named}`, {
    help: `Go on without naming a bundle: hebb train --resume --out ${out}; or start a new run in another folder.`,
  })
}

/** Hosts are asked for by two flags. */
function requireTogether(command: Command): void {
  const has = (name: string) => command.getOptionValue(name) !== undefined
  const fail = (problem: string) => command.error(`error: ${problem}`, { exitCode: exitCodes.usage })
  if (has('on') !== has('layersOn'))
    fail("options '--on' and '--layers-on' go together: which server, and how many groups of layers")
  if (has('creds') && !has('on')) fail("option '--creds' is for --on")
}

export const trainCommand = (): Command =>
  addOperationFlags(
    addTrainFlags(
      new Command('train')
        .summary('train a bundle on images')
        .description('Train a bundle, or a program compiled on the fly, on a folder of images.')
        .argument('[bundle]', 'a bundle, a program.ts or program.ts#export; not needed with --resume'),
    ),
  )
    .option('--resume', 'go on from the last checkpoint, to the same bits as without the break')
    .addOption(
      new Option('--from-step <number>', 'with --resume: go on from this checkpoint, which was kept'),
    )
    .addOption(
      new Option(
        '--on <url>',
        'have groups of layers trained by workers of this NATS server, hebb work, to the same bits: nats://host',
      ).conflicts(['workers', 'parallel', 'devices', 'shards']),
    )
    .option('--layers-on <number>', 'with --on: how many groups, a worker each')
    .option('--creds <file>', 'with --on: credentials, as the operator of the server gives them out')
    .addHelpText(
      'after',
      `
Examples:
  hebb train bundles/mine --data data/fashion-mnist --out runs/mine --epochs 8
  hebb train mine.ts --data data/fashion-mnist --out runs/short --steps 100 --seed 1
  hebb train --resume --out runs/mine
  hebb train --resume --out runs/mine --epochs 16
  hebb train --resume --out runs/mine --from-step 1500
  hebb train bundles/mine --data data/fashion-mnist --out runs/mine --keep 3 --keep-best loss
  hebb train other.ts --data data/fashion-mnist --out runs/other --init runs/mine --init-layers conv1,conv2
  hebb train mine.ts --data data/fashion-mnist --out runs/two --parallel shards
  hebb train mine.ts --data data/fashion-mnist --out runs/four --shards 2 --workers 4
  hebb train bundles/mine --data data/fashion-mnist --out runs/three --workers 2
  hebb train bundles/mine --data data/fashion-mnist --out runs/four --on nats://server --layers-on 3
  hebb train --resume --out runs/mine --grace 120 --exit-zero-on-signal

With --resume, --epochs or --steps is the new length of the whole run: a schedule is then taken over all of it.
Ctrl-C finishes the step, writes a checkpoint and says how to go on.`,
    )
    .action(async (bundle: string | undefined, _options: unknown, command: Command) => {
      const resume = command.getOptionValue('resume') === true
      if (bundle === undefined && !resume) command.error("error: missing required argument 'bundle'")
      if (!resume && command.getOptionValue('fromStep') !== undefined)
        command.error("error: option '--from-step' is for --resume", { exitCode: exitCodes.usage })
      checkTrainFlags(command)
      requireTogether(command)
      const { data, stepsPerRun, shards, timeout, set, on, creds, layersOn, ...flags } = parseFlags(
        command,
        resume ? flagSchema : newRunSchema,
      )
      const hosts =
        on === undefined || layersOn === undefined ? {} : { hosts: { url: on, creds, groups: layersOn } }
      requireFolderPlace(flags.out)
      if (resume) requireCudaFlags(command, openRun(flags.out).record.provider)
      else requirePlaceForRun(flags.out)
      // Looked for once a program is loaded that does not say how many classes there are.
      let found: DataSource | undefined
      const classesOf: ClassesOf = async (input) => {
        if (resume || data === undefined) return classesOfRun(openRun(flags.out))(input)
        return classesOfData(await dataOf())(input)
      }
      const dataOf = async () => (found ??= await findData(data ?? ''))
      const load = {
        ...loweringForTraining({ ...flags, shards }),
        timeout,
        set,
        ...(resume
          ? { kept: openRun(flags.out).bundle.manifest.program.options }
          : { shardsOf: shardsForTraining({ ...flags, shards }, dataOf) }),
      }
      // Where one goes on is known, and was told.
      const from = resume ? bundleFrom : bundleToTrain
      const given =
        bundle === undefined ? {} : { bundle: await from(bundle, { stepsPerRun, classesOf, ...load }) }
      if (resume && given.bundle) requireSameProgram(given.bundle, bundle ?? '', flags.out)
      const summary = await trainVisibly({
        ...flags,
        ...hosts,
        ...given,
        stepsPerRun,
        command: givenWords(command),
        ...(data === undefined ? {} : { data: found ?? data }),
      })
      if (summary) tellSummary(summary, flags.out)
    })
