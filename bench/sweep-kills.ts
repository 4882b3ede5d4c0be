/**
 * Kills a sweep again and again, and looks whether it comes to the same bits as one that nobody disturbs, with no run
 * done twice:
 *
 *     npx tsx bench/sweep-kills.ts --runs 9 --kills 5
 */
import { Command } from 'commander'
import { z } from 'zod'
import { parseFlags, wholeNumber } from '../src/cli/flags.ts'
import { runCommand } from './options.ts'
import { withFolder } from './prepare.ts'
import { killedSweep } from './torture/sweeps/killed.ts'

const flagSchema = z.object({
  runs: wholeNumber(1).default(9),
  kills: wholeNumber(1).default(5),
  steps: wholeNumber(1).default(80),
})

const command = new Command('npx tsx bench/sweep-kills.ts')
  .description('Kills a sweep with SIGKILL at several moments; tells whether it comes to the same bits.')
  .option('--runs <number>', 'of the sweep (default: 9)')
  .option('--kills <number>', 'of its process (default: 5)')
  .option('--steps <number>', 'of each run (default: 80)')
  .action(async () => {
    const flags = parseFlags(command, flagSchema)
    const outcome = await withFolder((folder) => killedSweep({ ...flags, folder }))
    const { kills, doneBefore, done, seconds, violations } = outcome
    console.log(
      `${done} of ${flags.runs} runs done after ${kills} kills, ${doneBefore} of them before the last start; ` +
        `${seconds[1].toFixed(0)} s, undisturbed ${seconds[0].toFixed(0)} s`,
    )
    for (const violation of violations) console.log(`violation: ${violation}`)
    if (violations.length > 0) process.exitCode = 1
  })

await runCommand(command)
