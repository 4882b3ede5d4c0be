/**
 * What preparing batches (reading rows, augmenting, draws) costs beside the steps that train on them: CPU time of each, on
 * a data set that is read in place. Ratios of CPU times hold on a busy machine, too.
 *
 *     npx tsx bench/preparing.ts CIFAR10 --steps 40
 */
import { Command } from 'commander'
import { compile } from '../src/index.ts'
import * as quarter from '../rules/recipes/cifar10-quarter.ts'
import { BatchInputs } from '../runtime/batches/batch-inputs.ts'
import { openDataset } from '../runtime/data/open.ts'
import { Stepper } from '../runtime/train/stepper.ts'
import { initialValues } from '../runtime/values/start.ts'
import { environment } from './environment.ts'
import { table } from './markdown.ts'
import { publish } from './record.ts'

const variants = ['withoutSpatial', 'plusPlus', 'directFeedback', 'backpropagation', 'infoNce'] as const

/** Milliseconds of CPU that a loop takes, a turn. */
async function cpu(turns: number, body: (turn: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let turn = 0; turn < turns; turn++) await body(turn)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / turns
}

const command = new Command('npx tsx bench/preparing.ts')
  .description('CPU time of preparing a batch, beside that of a step, at quarter width.')
  .argument('<data>', 'CIFAR-10')
  .option('--steps <number>', 'of each', '40')
  .option('--print', 'only print: leave docs/benchmarks.md as it is')
  .parse()
const steps = Number(command.opts<{ steps: string }>().steps)
const dataset = await openDataset(String(command.args[0]), 'train')
const rows: string[][] = []
for (const variant of variants) {
  const bundle = compile(quarter[variant])
  const { train } = bundle.manifest
  const inputs = await BatchInputs.create({ bundle, dataset, seed: 0, threads: 1 })
  const stepper = await Stepper.create(bundle, train, initialValues(train, 0), { threads: 2 })
  const batch = await inputs.at(train, 0)
  await stepper.run([batch])
  const preparing = await cpu(steps, (step) => inputs.at(train, step + 1))
  const training = await cpu(steps, () => stepper.run([batch]))
  rows.push([
    variant,
    preparing.toFixed(1),
    training.toFixed(1),
    `${((100 * preparing) / training).toFixed(1)} %`,
  ])
  await stepper.release()
  await inputs.release()
}
await publish(
  {
    section: 'preparing',
    command: `npx tsx bench/preparing.ts CIFAR10${process.argv.includes('--steps') ? ` --steps ${steps}` : ''}`,
    environment: environment({ threads: null, ompWait: '', allocator: 'own' }, []),
    markdown: table(['program', 'preparing, ms of CPU', 'a step, ms of CPU', 'ratio'], rows),
  },
  command.opts<{ print?: true }>().print !== true,
)
