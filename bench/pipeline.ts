/**
 * Training steps a second of one worker with one core, of one worker with two, and of two workers with one each.
 *
 *     npx tsx bench/pipeline.ts cifar10 quarter
 */
import { join } from 'node:path'
import { compile } from '../src/index.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { loadBundle } from '../src/bundle/load-bundle.ts'
import { compare } from './compare.ts'
import { chosenVgg6, withVgg6 } from './encoder-option.ts'
import { environment } from './environment.ts'
import { takeTurns } from './harness.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand, type Settings } from './options.ts'
import { layoutName, openLayout, type Layout, type OpenLayout } from './ours/layouts.ts'
import { head, row, type Pipelined } from './pipeline-table.ts'
import { noise, withFolder } from './prepare.ts'
import { describe, type Described, type RuleName } from './programs.ts'
import { publish } from './record.ts'
import { startAsTrain } from './start-as-train.ts'

/** Rules whose layers can work on different batches. */
const rules: readonly RuleName[] = ['clapp', 'clapp++']
const layouts: readonly Layout[] = [
  { workers: 2, threads: 1 },
  { workers: 1, threads: 1 },
  { workers: 1, threads: 2 },
  ...(process.platform === 'linux' ? [{ workers: 1, threads: 1, cores: 1 } as const] : []),
]
/** A turn holds some tens of steps, so that a layer's share of them is even. */
const LONGER = 6

async function measure({ title, program }: Described, pace: Settings['pace']): Promise<Pipelined> {
  return withFolder(async (folder) => {
    writeBundle(join(folder, 'bundle'), compile(program))
    const bundle = loadBundle(join(folder, 'bundle'))
    const dataset = noise(bundle.manifest.program.input.height)
    const open: OpenLayout[] = []
    try {
      for (const layout of layouts) open.push(await openLayout(bundle, dataset, layout))
      const { timings, ...met } = await takeTurns(open, pace)
      // All do the same work: the losses of the first steps are the same bits.
      return { comparison: compare(title, timings, 0), groups: open[0]?.groups ?? [], ...met, peer: {} }
    } finally {
      for (const each of open) await each.release()
    }
  })
}

const command = withVgg6(
  benchmark('pipeline', `Training steps a second, workers × threads: ${layouts.map(layoutName).join(', ')}.`),
)
  .option('--rule <name>', `only this one, without keeping the result: ${rules.join(', ')}`)
  .action(async () => {
    const { keep, ...settings } = parseSettings(command)
    const pace = { ...settings.pace, milliseconds: LONGER * settings.pace.milliseconds }
    const { name, shape } = chosenVgg6(command)
    const { rule } = command.opts<{ rule?: string }>()
    const chosen = rules.filter((each) => rule === undefined || each === rule)
    const results: Pipelined[] = []
    for (const each of chosen) {
      const result = await measure(describe(each, shape), pace)
      console.error(row(result).join('  '))
      results.push(result)
    }
    const report = {
      section: `pipeline ${name}`,
      command: commandLine('pipeline'),
      environment: environment({ threads: null, ompWait: '', allocator: 'own' }, results),
      results: results.map(({ comparison, groups }) => ({ ...comparison, groups })),
      markdown: table(head, results.map(row)),
    }
    await publish(report, keep && rule === undefined)
  })

startAsTrain(2)
await runCommand(command)
