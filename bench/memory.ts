/**
 * Peak memory of training steps by the operating system's account, each side and each rule in a process that does
 * nothing else.
 *
 *     npx tsx bench/memory.ts cifar10 full
 */
import { Contestant } from './contestant.ts'
import { chosenSteps, withStep } from './encoder-option.ts'
import { environment } from './environment.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand, type Settings } from './options.ts'
import { prepareStep, withFolder } from './prepare.ts'
import { publish } from './record.ts'
import { showBytes } from './units.ts'
import { frugalWays } from './yardstick.ts'

/** The optimizer's states are there after the first step; a second one shows what stays. */
const STEPS = 2

interface Footprint {
  readonly variant: string
  /** Bytes. */
  readonly peak: number
  /** Before the first step: the program itself and the parameters. */
  readonly before: number
}

/** Memory of a process that opens the case and runs one variant; undefined where it knows no such variant of this case. */
async function measure(contestant: Contestant, folder: string, variant: string, told: string) {
  try {
    const { versions, variants } = await contestant.open(folder)
    if (!variants.includes(told)) return undefined
    const { resident: before } = await contestant.memory()
    await contestant.run(told, STEPS)
    const { peak } = await contestant.memory()
    return { versions, footprint: { variant, peak, before } satisfies Footprint }
  } finally {
    await contestant.close()
  }
}

async function footprints(folder: string, settings: Settings) {
  const ours = await measure(Contestant.hebb(settings.threads), folder, 'hebb', 'hebb')
  if (!ours) throw new Error('our process knows its own work')
  const theirs: (typeof ours)[] = []
  for (const { name, allocator, told } of frugalWays) {
    const found = await measure(Contestant.pyTorch({ ...settings, allocator }), folder, name, told)
    if (found) theirs.push(found)
  }
  return {
    ours: ours.footprint,
    theirs: theirs.map(({ footprint }) => footprint),
    peer: theirs[0]?.versions ?? {},
  }
}

const head = [
  '',
  'Hebb',
  ...frugalWays.map(({ name }) => `PyTorch, ${name}`),
  'ratio to smallest',
  'Hebb, steps alone',
]

const row = ({ title, ours, theirs }: { title: string; ours: Footprint; theirs: readonly Footprint[] }) => [
  title,
  showBytes(ours.peak),
  ...frugalWays.map(({ name }) => {
    const found = theirs.find(({ variant }) => variant === name)
    return found ? showBytes(found.peak) : ''
  }),
  `**${(ours.peak / Math.min(...theirs.map(({ peak }) => peak))).toFixed(2)}**`,
  showBytes(ours.peak - ours.before),
]

const command = withStep(
  benchmark('memory', 'Peak memory of training steps for every rule on one encoder, beside PyTorch.'),
).action(async () => {
  const { keep, ...settings } = parseSettings(command)
  const { name, cases, complete } = chosenSteps(command)
  const results: ({ title: string } & Awaited<ReturnType<typeof footprints>>)[] = []
  for (const described of cases)
    await withFolder(async (folder) => {
      await prepareStep(folder, described)
      results.push({ title: described.title, ...(await footprints(folder, settings)) })
    })
  const report = {
    section: `memory ${name}`,
    command: commandLine('memory'),
    environment: environment(
      settings,
      results.map(({ peer }) => ({ peer })),
    ),
    results: results.map(({ title, ours, theirs }) => ({ title, ours, theirs })),
    markdown: table(head, results.map(row)),
  }
  await publish(report, keep && complete)
})

await runCommand(command)
