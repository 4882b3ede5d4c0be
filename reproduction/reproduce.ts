/**
 * What trained runs of the paper's variants know and how their updates agree with backpropagation, at the end and along
 * training, for docs/reproduction.md. Runs are folders VARIANT-SEED of `hebb train`. What is measured is kept in the folder of
 * the run, by the hashes of the checkpoint, the images and the settings: the command may be stopped and called again.
 *
 *     npx tsx reproduction/reproduce.ts RUNS --data CIFAR10
 *     npx tsx reproduction/reproduce.ts --stored quarter
 */
import { Command } from 'commander'
import { z } from 'zod'
import * as recipes from '../rules/recipes/cifar10-eighth.ts'
import { folder, numberBetween, parseFlags, wholeNumber } from '../src/cli/flags.ts'
import { openDataset } from '../runtime/data/open.ts'
import { environment } from '../bench/environment.ts'
import { runCommand } from '../bench/options.ts'
import { publish } from '../bench/record.ts'
import { writeReport } from '../report/index.ts'
import { baselinesOf, reproduceRun, type Reproducing } from './reproduce-all.ts'
import { reproductionPage } from './page.ts'
import { reproductionTables } from './tables.ts'
import { findRuns } from './runs.ts'
import { storedNames, tellStored } from './stored.ts'
import type { Baseline, MeasuredRun, Reproduced } from './results.ts'

const flagSchema = z.object({
  data: folder.optional(),
  seeds: wholeNumber(1, 100).default(2),
  epochs: wholeNumber(1, 10_000).default(5),
  area: numberBetween(0, 1).default(0.25),
  every: wholeNumber(1).default(2),
  perClass: wholeNumber(1).default(500),
  batches: wholeNumber(1).default(10),
  threads: wholeNumber(1, 1024).optional(),
  trainedBy: z.string().min(1).optional(),
  partial: z.boolean().default(false),
  print: z.boolean().default(false),
  out: folder.optional(),
  stored: z.enum(storedNames, `must be ${storedNames.join(' or ')}`).optional(),
})
type Flags = z.infer<typeof flagSchema>

async function reproduce(runs: string, data: string, flags: Flags): Promise<Reproduced> {
  const { epochs: probeEpochs, area, every, perClass, batches, threads, trainedBy } = flags
  const settings = { probeEpochs, area, neighbours: 10, every, perClass, shortEpochs: 20, batches }
  const found = findRuns(runs, { programs: recipes, seeds: flags.seeds, partial: flags.partial })
  const commits = new Set<string>()
  const all: Reproducing = {
    ...{ folder: runs, programs: recipes, settings, threads },
    train: await openDataset(data, 'train'),
    test: await openDataset(data, 'test'),
    tell: (what) => {
      console.error(`measuring ${what}`)
    },
    onCommit: (commit) => commits.add(commit),
  }
  const measured: MeasuredRun[] = []
  for (const run of found.runs) measured.push(await reproduceRun(run, all))
  const baselines: Baseline[] = []
  for (let seed = 0; seed < flags.seeds; seed++) {
    const ofSeed = found.runs.find((run) => run.seed === seed && run.isFinished)
    if (ofSeed) baselines.push(...(await baselinesOf(ofSeed, all)))
  }
  const steps = found.runs[0]?.stepsPerEpoch
  if (steps === undefined) throw new Error('no run was found')
  return {
    ...{ settings, steps, trainedBy, measuredBy: [...commits], baselines },
    ...{ runs: measured, open: [...found.open] },
  }
}

/** As it stands in the document: names in place of the paths of a machine. */
const told = (): string => {
  const [, ...rest] = process.argv.slice(2)
  const data = rest.indexOf('--data')
  const named = data < 0 ? rest : rest.with(data + 1, 'CIFAR10')
  const out = named.indexOf('--out')
  return ['npx tsx reproduction/reproduce.ts RUNS', ...(out < 0 ? named : named.toSpliced(out, 2))].join(' ')
}

const command = new Command('npx tsx reproduction/reproduce.ts')
  .description('Probes and alignment of trained runs, for docs/reproduction.md.')
  .argument('[runs]', 'folder of runs, called VARIANT-SEED')
  .option('--data <folder>', 'CIFAR-10')
  .option('--seeds <number>', 'how many, from 0 (default: 2)')
  .option('--epochs <number>', 'of the linear probe on crops (default: 5)')
  .option('--area <fraction>', 'smallest crop of the linear probe (default: 0.25)')
  .option('--every <epochs>', 'of training, between two measurements along it (default: 2)')
  .option('--per-class <number>', 'training images a class of the small probe along training (default: 500)')
  .option('--batches <number>', 'over which alignment is averaged (default: 10)')
  .option('--threads <number>', 'of one operation (default: one per core)')
  .option('--trained-by <commit>', 'said of the runs, which do not know it')
  .option('--partial', 'measure what is there: runs may be missing, or be under way')
  .option('--print', 'only print: leave docs/reproduction.md and reproduction/results/ as they are')
  .option('--out <file>', 'write a page with curves there')
  .option('--stored <name>', 'measure nothing: print what was measured once, with its commit and date')
  .action(async (runs: string | undefined) => {
    const flags = parseFlags(command, flagSchema)
    if (flags.stored !== undefined) {
      console.log(tellStored(flags.stored))
      return
    }
    const { data } = flags
    if (runs === undefined || data === undefined)
      return command.error('error: a folder of runs and --data are needed', { exitCode: 2 })
    const found = await reproduce(runs, data, flags)
    const page = told()
    if (flags.out !== undefined) await writeReport(flags.out, reproductionPage(found, page))
    const by = flags.trainedBy === undefined ? '' : `Trained by commit ${flags.trainedBy}. `
    await publish(
      {
        section: 'reproduction eighth',
        command: page,
        environment: environment({ threads: null, ompWait: '', allocator: 'own' }, []),
        results: found,
        markdown: `${reproductionTables(found)}\n\n${by}Measured by ${found.measuredBy.join(', ')}.`,
      },
      !flags.print,
      'docs/reproduction.md',
      'reproduction/results/eighth.json',
    )
  })

await runCommand(command)
