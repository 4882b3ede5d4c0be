/**
 * Tries what should not be able to harm a run or its user: kills, damaged files, wrong programs, odd command lines; and
 * looks for what a run leaves elsewhere. docs/reliability.md says what is promised and holds the figures.
 *
 *     npx tsx bench/torture.ts all --programs FOLDER
 *     npx tsx bench/torture.ts inputs --seed 3 --count 500
 *     npx tsx bench/torture.ts kills --case 17
 */
import { Argument, Command, Option } from 'commander'
import { z } from 'zod'
import { parseFlags, wholeNumber } from '../src/cli/flags.ts'
import { environment } from './environment.ts'
import { commandLine, runCommand } from './options.ts'
import { withFolder } from './prepare.ts'
import { publish } from './record.ts'
import { sectionNames, sections, type SectionName } from './torture/sections.ts'
import { tellCase, tellTally, tortureTable, type Finished } from './torture/tell.ts'

const flagSchema = z.object({
  minutes: wholeNumber(1).default(30),
  seed: wholeNumber(0).default(0),
  count: wholeNumber(1).optional(),
  jobs: wholeNumber(1).default(2),
  case: wholeNumber(0).optional(),
  programs: z.string().min(1).optional(),
  print: z.boolean().default(false),
})

const command = new Command('npx tsx bench/torture.ts')
  .description(
    'Kills runs, damages their files and misuses the command line; tells what should not have happened.',
  )
  .addArgument(new Argument('[section]').choices([...sectionNames, 'all']).default('all'))
  .option('--minutes <number>', 'no case begins later (default: 30)')
  .option('--seed <number>', 'of all that is chosen at random (default: 0)')
  .option('--count <number>', 'of kills, inputs or command lines (default: 200, 3000, 300)')
  .option('--jobs <number>', 'cases at once (default: 2)')
  .addOption(new Option('--case <number>', 'only this one, in full'))
  .option(
    '--programs <folder>',
    'programs to compile and train, each a file; without it that section is left out',
  )
  .option('--print', 'only print: leave docs/reliability.md and bench/results/ as they are')
  .action(async (section: SectionName | 'all') => {
    const flags = parseFlags(command, flagSchema)
    const { minutes, seed, jobs, case: only, programs, print } = flags
    const until = performance.now() + minutes * 60_000
    const finished: Finished[] = []
    for (const name of section === 'all' ? sectionNames : [section]) {
      const { usual, torture } = sections[name]
      const count = flags.count ?? usual
      console.error(`${name}, seed ${seed} …`)
      const tally = await withFolder((folder) =>
        torture({ seed, count, until, jobs, only, folder, programs, onDone: tellCase(name) }),
      )
      if (!tally) continue
      finished.push({ name, seed, planned: count, tally })
      console.log(tellTally({ name, seed, planned: count, tally }))
    }
    const isWhole = section === 'all' && only === undefined && flags.count === undefined
    await publish(
      {
        section: 'torture',
        command: commandLine('torture'),
        environment: environment({ threads: null, ompWait: '', allocator: 'own' }, []),
        results: finished,
        markdown: tortureTable(finished),
      },
      isWhole && !print,
      'docs/reliability.md',
    )
    if (finished.some(({ tally }) => tally.violations.length > 0)) process.exitCode = 1
  })

await runCommand(command)
