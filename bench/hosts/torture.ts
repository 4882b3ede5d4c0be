/**
 * Tries hosts that make a sweep or train the layers of one network: kills, cuts, freezes and restarts them, and looks whether all
 * is done once and to the same bits as on one machine. Hosts are network namespaces of this machine: root alone may make them.
 *
 *     npx tsx bench/hosts/torture.ts
 *     npx tsx bench/hosts/torture.ts --only kills,server --of sweep --seed 3
 */
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { stream } from '../../runtime/values/random.ts'
import { UserError } from '../../src/base/error.ts'
import { parseFlags, wholeNumber } from '../../src/cli/flags.ts'
import { environment } from '../environment.ts'
import { commandLine, runCommand } from '../options.ts'
import { withFolder } from '../prepare.ts'
import { publish } from '../record.ts'
import { build } from '../../test/support/built.ts'
import { writeImages } from '../torture/images.ts'
import { layersJob, sweepJob } from './jobs.ts'
import { lacksNamespaces } from './namespaces.ts'
import { runTry } from './stage.ts'
import { tellTry, triesTable, type FinishedTry } from './tell-tries.ts'
import { layersTries, sweepTries } from './tries/all.ts'

const kinds = ['sweep', 'layers'] as const

const flagSchema = z.object({
  seed: wholeNumber(0).default(0),
  of: z.enum(kinds).optional(),
  only: z.string().optional(),
  kills: wholeNumber(1).default(50),
  runs: wholeNumber(1).default(8),
  steps: wholeNumber(1).default(600),
  lease: wholeNumber(1).default(3),
  seconds: wholeNumber(1).default(900),
  print: z.boolean().default(false),
})

const command = new Command('npx tsx bench/hosts/torture.ts')
  .description('Disturbs hosts that work together; tells what should not have happened.')
  .option('--seed <number>', 'of all that is chosen at random (default: 0)')
  .addOption(new Option('--of <kind>', 'only tries of a sweep, or of layers').choices(kinds))
  .option('--only <names>', 'only tries of these names')
  .option('--kills <number>', 'of workers of a sweep (default: 50)')
  .option('--runs <number>', 'of a sweep (default: 8)')
  .option('--steps <number>', 'of each run (default: 600)')
  .option('--lease <seconds>', 'of workers (default: 3)')
  .option('--seconds <number>', 'after which a try that goes on is a violation (default: 900)')
  .option('--print', 'only print: leave docs/many-machines.md as it is')
  .action(async () => {
    const flags = parseFlags(command, flagSchema)
    const lacking = lacksNamespaces()
    if (lacking !== undefined)
      throw new UserError('TortureError', lacking, {
        help: 'Run it as root of a Linux machine, or in a container that may.',
      })
    const names = flags.only?.split(',')
    const tries = [...sweepTries(flags.kills), ...layersTries(Math.ceil(flags.kills / 5))].filter(
      ({ name, of }) => (names?.includes(name) ?? true) && of === (flags.of ?? of),
    )
    // The package starts in a quarter of the time of a clone.
    if (process.env.HEBB_TESTS === undefined) process.once('exit', await build())
    const finished: FinishedTry[] = []
    await withFolder(async (folder) => {
      const images = join(folder, 'images')
      await writeImages(images)
      const jobs = {
        sweep: () => sweepJob({ folder, images, ...flags }),
        layers: () => layersJob({ folder, images, ...flags }),
      }
      for (const of of kinds) {
        const wanted = tries.filter((each) => each.of === of)
        if (wanted.length === 0) continue
        const job = await jobs[of]()
        for (const each of wanted) {
          console.error(`${of}, ${each.name}, seed ${flags.seed} …`)
          const random = stream(flags.seed, `hosts: ${of}, ${each.name}`, 0)
          const place = join(folder, `${of}-${each.name}`.replaceAll(' ', '-'))
          const tried = await runTry(each, job, { ...flags, folder: place, images, random })
          const told = { name: each.name, what: each.what, of, tried }
          finished.push(told)
          console.log(tellTry(told))
        }
      }
    })
    await publish(
      {
        section: 'hosts tried',
        command: commandLine('hosts/torture'),
        environment: environment({ threads: 1, ompWait: '', allocator: 'own' }, []),
        markdown: triesTable(finished, flags.lease),
      },
      names === undefined && flags.of === undefined && !flags.print,
      'docs/many-machines.md',
    )
    if (finished.some(({ tried }) => tried.violations.length > 0)) process.exitCode = 1
  })

await runCommand(command)
