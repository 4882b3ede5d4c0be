/**
 * Writes the tables of documents that commands of hebb print, each beside the command, the commit and the day.
 *
 *     npx tsx bench/document.ts theory
 *     npx tsx bench/document.ts demo --runs FOLDER
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Argument, Command } from 'commander'
import { z } from 'zod'
import { at, zip } from '../src/base/lists.ts'
import { folder, parseFlags } from '../src/cli/flags.ts'
import { environment } from './environment.ts'
import { table } from './markdown.ts'
import { runCommand } from './options.ts'
import { withFolder } from './prepare.ts'
import { publish } from './record.ts'
import { textTables } from './text-table.ts'

const project = fileURLToPath(new URL('../', import.meta.url))

/** What a command of hebb prints. @throws where it fails */
function hebb(...words: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [join(project, 'bin/hebb.mjs'), ...words], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`hebb ${words.join(' ')} ended with ${String(status)}`)
  return stdout
}

const markdown = (rows: readonly (readonly string[])[]): string => table(at(rows, 0), rows.slice(1))

const recipe = 'rules/recipes/fashion-mnist.ts'
const compared = ['plusPlus', 'directFeedback', 'backpropagation'].map((name) => `${recipe}#${name}`)

interface Section {
  readonly document: string
  /** As it stands beside the tables. */
  readonly command: string
  /** The sections that are filled, one with each table that the command prints. */
  readonly fills: readonly string[]
  /** @param runs a folder for the runs of the demo */
  readonly print: (runs: string) => string
}

const sections: Readonly<Record<'demo' | 'alignment' | 'theory', Section>> = {
  demo: {
    document: 'docs/demo.md',
    command: 'npm run demo -- --seeds 3',
    fills: ['demo'],
    print: (runs) => hebb('demo', '--seeds', '3', '--out', runs),
  },
  alignment: {
    document: 'docs/alignment.md',
    command: 'npx hebb align',
    fills: ['alignment'],
    print: (runs) => {
      hebb('demo', '--out', runs)
      const trained = ['clapp++', 'clapp++dfb', 'bp-clapp++'].flatMap((name) => [
        '--checkpoint',
        join(runs, `${name}.seed0`),
      ])
      return hebb('align', ...compared, '--data', 'data/fashion-mnist', '--batches', '20', ...trained)
    },
  },
  theory: {
    document: 'docs/theory.md',
    command: 'npx hebb theory',
    fills: ['theory equal', 'theory shrinking', 'theory convolutions'],
    print: () => hebb('theory'),
  },
}
const names = Object.keys(sections) as (keyof typeof sections)[]

const flagSchema = z.object({ runs: folder.optional(), print: z.boolean().default(false) })

const command = new Command('npx tsx bench/document.ts')
  .description('Runs a command of hebb and writes the table that it prints into its document.')
  .addArgument(new Argument('<section>', 'whose').choices(names))
  .option('--runs <folder>', 'where the demo keeps its runs, or has kept them (default: a temporary folder)')
  .option('--print', 'only print: leave the document as it is')
  .action(async (name: keyof typeof sections) => {
    const { runs, print } = parseFlags(command, flagSchema)
    const { document, command: told, fills, print: printed } = sections[name]
    const text =
      runs === undefined ? await withFolder((made) => Promise.resolve(printed(made))) : printed(runs)
    const conditions = environment({ threads: null, ompWait: '', allocator: 'own' }, [])
    const tables = zip(fills, textTables(text))
    for (const [section, rows] of tables)
      await publish(
        { section, command: told, environment: conditions, markdown: markdown(rows) },
        !print,
        document,
      )
  })

await runCommand(command)
