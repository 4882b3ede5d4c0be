/**
 * How far our training steps are from what no step can do without: products and convolutions, computed directly at the speed of a
 * product of large matrices, and updates at the speed of memory. Peaks and steps are measured in turn.
 *
 *     npx tsx bench/roofline.ts
 *     npx tsx bench/roofline.ts cifar10-quarter --print
 */
import { Argument } from 'commander'
import { together, withProcesses } from './contestant.ts'
import { directCost } from './direct-cost.ts'
import { environment } from './environment.ts'
import { takeTurns } from './harness.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand, type Settings } from './options.ts'
import { compiledFor, ourEntries } from './our-ways.ts'
import { openPeaks, type Peaks } from './peaks.ts'
import { prepareStep, withFolder } from './prepare.ts'
import { describe, describeForwardForward, ruleNames, vgg6, type Described } from './programs.ts'
import { publish } from './record.ts'
import { head, row, type Found } from './roofline-table.ts'

const ofVgg6 = (shape: ReturnType<typeof vgg6>) => () => ruleNames.map((name) => describe(name, shape))
const encoders: Readonly<Record<string, () => readonly Described[]>> = {
  'cifar10-full': ofVgg6(vgg6('cifar10', 'full')),
  'cifar10-quarter': ofVgg6(vgg6('cifar10', 'quarter')),
  'cifar10-eighth': ofVgg6(vgg6('cifar10', 'eighth')),
  'stl10-quarter': ofVgg6(vgg6('stl10', 'quarter')),
  mlp: () => [describeForwardForward()],
}

async function measure(of: string, described: Described, peaks: Peaks, settings: Settings): Promise<Found> {
  const cost = directCost(described.program)
  return withFolder(async (folder) =>
    withProcesses(async (start) => {
      await prepareStep(folder, described, compiledFor(settings.threads))
      const ours = ourEntries(settings.threads, start)
      for (const { contestant } of ours) await contestant.open(folder)
      const steps = ours.map(({ name, told, contestant }) => ({
        name,
        run: (count: number) => contestant.run(told, count),
      }))
      const { timings, ...met } = await takeTurns([...steps, ...peaks.entrants], settings.pace)
      return {
        of,
        title: described.title,
        cost,
        machine: peaks.machineOf(timings),
        steps: timings.slice(0, steps.length),
        peer: peaks.versions,
        ...met,
      }
    }),
  )
}

const command = benchmark('roofline', 'Our steps beside what no step can do without.')
  .addArgument(new Argument('[encoders...]', 'which ones (default: all)').choices(Object.keys(encoders)))
  .action(async (chosen: readonly string[]) => {
    const { keep, ...settings } = parseSettings(command)
    const found: Found[] = []
    await withFolder((folder) =>
      together({ ...settings, allocator: 'ours' }, async (both) => {
        const peaks = await openPeaks(folder, both)
        for (const [of, cases] of Object.entries(encoders))
          if (chosen.length === 0 || chosen.includes(of))
            for (const described of cases()) {
              const result = await measure(of, described, peaks, settings)
              console.error(row(result).join('  '))
              found.push(result)
            }
      }),
    )
    const report = {
      section: 'roofline',
      command: commandLine('roofline'),
      environment: environment(settings, found),
      results: found.map(({ of, title, cost, machine, steps, handOver }) => ({
        of,
        title,
        cost,
        machine,
        steps: steps.map(({ name, rounds }) => ({ name, rounds })),
        handOver,
      })),
      markdown: table(head, found.map(row)),
    }
    await publish(report, keep && chosen.length === 0)
  })

await runCommand(command)
