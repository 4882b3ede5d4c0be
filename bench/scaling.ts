/**
 * Training steps a second over 1, 2, … cores: by threads of an operation, by the layer pipeline, and by shards of a batch.
 *
 *     npx tsx bench/scaling.ts cifar10 quarter
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { compile } from '../src/index.ts'
import { loadBundle } from '../src/bundle/load-bundle.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { chosenVgg6, withVgg6 } from './encoder-option.ts'
import { environment } from './environment.ts'
import { takeTurns } from './harness.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand, type Settings } from './options.ts'
import { openLayout, type Layout, type OpenLayout } from './ours/layouts.ts'
import { noise, withFolder } from './prepare.ts'
import { describe, rules, ruleNames, type RuleName, type Shape } from './programs.ts'
import { publish } from './record.ts'
import { head, row, type Scaled } from './scaling/table.ts'
import { startAsTrain } from './start-as-train.ts'

/** A turn holds some tens of steps, so that what fills and empties is small beside them. */
const LONGER = 3

/** Layers learn from what is below them alone, so that each may be at another batch. */
const isLocal = (name: RuleName): boolean => rules[name].told.credit === 'local'

/** The ways to use so many cores, and no more. */
function layoutsOn(cores: number, name: RuleName): Layout[] {
  const confined = cores < availableParallelism() ? { cores } : {}
  const threads: Layout = { workers: 1, threads: cores, ...confined }
  if (cores === 1) return [threads]
  const workers = { workers: cores, threads: 1, ...confined }
  return [threads, ...(isLocal(name) ? [workers] : []), { ...workers, by: 'shards' }]
}

async function measure(name: RuleName, shape: Shape, cores: readonly number[], pace: Settings['pace']) {
  const { title, program } = describe(name, shape)
  return withFolder(async (folder): Promise<Scaled> => {
    const open: { cores: number; layout: Layout; opened: OpenLayout }[] = []
    try {
      for (const count of cores)
        for (const layout of layoutsOn(count, name)) {
          const place = join(folder, String(open.length))
          writeBundle(place, compile(program, layout.by === 'shards' ? { shards: count } : {}))
          const opened = await openLayout(loadBundle(place), noise(shape.size), layout)
          open.push({ cores: count, layout, opened })
        }
      const { timings, ...met } = await takeTurns(
        open.map(({ opened }) => opened),
        pace,
      )
      const ways = open.map(({ cores, layout }, i) => ({ cores, layout, rounds: timings[i]?.rounds ?? [] }))
      return { title, ways, ...met, peer: {} }
    } finally {
      for (const { opened } of open) await opened.release()
    }
  })
}

const command = withVgg6(
  benchmark('scaling', 'Training steps a second over 1, 2, … cores, by threads, layers and shards.'),
)
  .option('--rule <name>', `only this one, without keeping the result: ${ruleNames.join(', ')}`)
  .action(async () => {
    const { keep, ...settings } = parseSettings(command)
    const pace = { ...settings.pace, milliseconds: LONGER * settings.pace.milliseconds }
    const { name, shape } = chosenVgg6(command)
    const { rule } = command.opts<{ rule?: string }>()
    const cores = Array.from({ length: settings.threads }, (_, i) => i + 1)
    const results: Scaled[] = []
    for (const each of ruleNames.filter((one) => rule === undefined || one === rule)) {
      const result = await measure(each, shape, cores, pace)
      console.error(row(result, cores).join('  '))
      results.push(result)
    }
    const report = {
      section: `scaling ${name}`,
      command: commandLine('scaling'),
      environment: environment({ threads: null, ompWait: '', allocator: 'own' }, results),
      results: results.map(({ title, ways, handOver }) => ({ title, ways, handOver })),
      markdown: table(
        head(cores),
        results.map((result) => row(result, cores)),
      ),
    }
    await publish(report, keep && rule === undefined)
  })

startAsTrain(2)
await runCommand(command)
