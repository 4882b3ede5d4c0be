/**
 * Time of a training step, ours and PyTorch's in turn, for every rule on one encoder.
 *
 *     npx tsx bench/step.ts cifar10 quarter
 *     npx tsx bench/step.ts mlp
 */
import { best, ratioOfFastest, rivalNamed } from './compare.ts'
import { duel, type Duel } from './duel.ts'
import { chosenSteps, withStep } from './encoder-option.ts'
import { environment, type Conditions } from './environment.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand } from './options.ts'
import { prepareStep, withFolder } from './prepare.ts'
import { publish } from './record.ts'
import { median } from './statistics.ts'
import { showRatio, showTime } from './units.ts'

/** Losses of the first two steps, in float32, after one update; each is about 2. */
const TOLERANCE = 1e-4

const variants = ['default', 'foreach', 'fused']
const compared = ['ratio to best', 'of fastest rounds', 'ratio to default', 'core to core']
const head = ['', 'Hebb', ...variants.map((name) => `PyTorch, ${name}`), ...compared]

/** How near the cores were: see bench/hand-over.ts. */
const near = ({ handOver = [] }: Conditions): string =>
  handOver.length > 0 ? `${median(handOver).toFixed(2)} µs` : ''

const row = ({ comparison, ...duel }: Duel): string[] => [
  comparison.title,
  showTime(comparison.ours.time),
  ...variants.map((variant) => showTime(rivalNamed(comparison, variant)?.time)),
  showRatio(best(comparison)?.ratio),
  ratioOfFastest(comparison).toFixed(2),
  showRatio(rivalNamed(comparison, 'default')?.ratio),
  near(duel),
]

const command = withStep(
  benchmark('step', 'Time of a training step for every rule on one encoder, beside PyTorch.'),
).action(async () => {
  const { keep, ...settings } = parseSettings(command)
  const { name, cases, complete } = chosenSteps(command)
  const duels: Duel[] = []
  for (const described of cases)
    await withFolder(async (folder) => {
      await prepareStep(folder, described)
      const result = await duel(described.title, folder, settings, TOLERANCE)
      console.error(row(result).join('  '))
      duels.push(result)
    })
  const report = {
    section: `step ${name}`,
    command: commandLine('step'),
    environment: environment(settings, duels),
    results: duels.map(({ comparison, handOver }) => ({ ...comparison, handOver })),
    markdown: table(head, duels.map(row)),
  }
  await publish(report, keep && complete)
})

await runCommand(command)
