/**
 * Time of a training step, ours and PyTorch's in turn, for every rule on one encoder.
 *
 *     npx tsx bench/step.ts cifar10 quarter
 *     npx tsx bench/step.ts mlp
 */
import { chosenSteps, withStep } from './encoder-option.ts'
import { z } from 'zod'
import { parseFlags } from '../src/cli/flags.ts'
import { environment } from './environment.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand } from './options.ts'
import { publish } from './record.ts'
import { stepDuel } from './step-duel.ts'
import { stepTable, told } from './step-table.ts'
import { timedWays } from './yardstick.ts'
import type { Duel } from './duel.ts'

const flagSchema = z.object({
  compiled: z.boolean().default(true),
  jemalloc: z.boolean().default(true),
  shards: z.boolean().default(true),
})

const command = withStep(
  benchmark('step', 'Time of a training step for every rule on one encoder, beside PyTorch.'),
)
  .option('--no-shards', 'leave our shards out, which take 9 GB for CLAPP++ at full width')
  .option('--no-jemalloc', 'leave jemalloc out: a process less, which takes 4 GB at full width')
  .option('--no-compiled', 'leave torch.compile out, which is compiled for up to a minute a rule')
  .action(async () => {
    const { keep, ...settings } = parseSettings(command)
    const { name, cases, complete } = chosenSteps(command)
    const flags = parseFlags(command, flagSchema)
    const ways = timedWays.filter(
      ({ told, allocator }) =>
        (flags.compiled || !told.startsWith('compiled')) && (flags.jemalloc || allocator !== 'jemalloc'),
    )
    const duels: Duel[] = []
    for (const described of cases) {
      const result = await stepDuel(described, ways, settings, flags.shards)
      console.error(told(result))
      duels.push(result)
    }
    const { head, rows } = stepTable(duels)
    const report = {
      section: `step ${name}`,
      command: commandLine('step'),
      environment: environment(settings, duels),
      results: duels.map(({ comparison, ours, satOut, handOver }) => ({
        ...comparison,
        ways: ours.map(({ name, rounds }) => ({ name, rounds })),
        satOut,
        handOver,
      })),
      markdown: table(head, rows),
    }
    await publish(report, keep && complete)
  })

await runCommand(command)
