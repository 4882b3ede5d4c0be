/**
 * Where the time of a training step goes: onnxruntime's profile of every graph, summed by operator and by node.
 *
 *     npx tsx bench/profile.ts cifar10 quarter --rule clapp++
 *     npx tsx bench/profile.ts cifar10 full --rule bp-clapp++ --nodes 40
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { parseFlags, wholeNumber } from '../src/cli/flags.ts'
import { chosenSteps, withStep } from './encoder-option.ts'
import { runCommand } from './options.ts'
import { openStep } from './ours/step.ts'
import { prepareStep, withFolder } from './prepare.ts'
import { profileText, summarise } from './profile-summary.ts'
import { startAsTrain } from './start-as-train.ts'

const flagSchema = z.object({
  rule: z.string().optional(),
  steps: wholeNumber(1).default(5),
  nodes: wholeNumber(1).default(25),
  threads: wholeNumber(1).default(2),
})

const WARM_UP = 2

const command = withStep(
  new Command('npx tsx bench/profile.ts').description('Time of a training step by operator and by node.'),
)
  .option('--steps <number>', 'that are averaged (default: 5)')
  .option('--nodes <number>', 'how many are shown (default: 25)')
  .option('--threads <number>', 'of one operation (default: 2)')
  .action(async () => {
    const { steps, nodes, threads } = parseFlags(command, flagSchema)
    for (const described of chosenSteps(command).cases)
      await withFolder(async (folder) => {
        await prepareStep(folder, described)
        const work = await openStep(folder, described.told, { threads, profile: join(folder, 'profile') })
        await work.run(WARM_UP)
        const began = performance.now()
        await work.run(steps)
        const milliseconds = (performance.now() - began) / steps
        await work.release()
        const files = readdirSync(folder).filter(
          (name) => name.startsWith('profile') && name.endsWith('.json'),
        )
        const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'))
        const summary = summarise(texts, WARM_UP, steps)
        console.log(`${described.title}: ${milliseconds.toFixed(1)} ms a step with profiling\n`)
        console.log(`${profileText(summary, nodes)}\n`)
      })
  })

startAsTrain()
await runCommand(command)
