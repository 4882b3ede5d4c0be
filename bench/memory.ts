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

/** The optimizer's states are there after the first step; a second one shows what stays. */
const STEPS = 2

interface Footprint {
  readonly variant: string
  /** Bytes. */
  readonly peak: number
  /** Before the first step: the program itself and the parameters. */
  readonly before: number
}

/** Memory of a process that opens the case and runs one variant. */
async function measure(contestant: Contestant, folder: string, variant: string) {
  try {
    const { versions } = await contestant.open(folder)
    const { resident: before } = await contestant.memory()
    await contestant.run(variant, STEPS)
    const { peak } = await contestant.memory()
    return { versions, footprint: { variant, peak, before } satisfies Footprint }
  } finally {
    await contestant.close()
  }
}

const variants = ['default', 'foreach', 'fused']

async function footprints(folder: string, settings: Settings) {
  const ours = await measure(Contestant.hebb(settings.threads), folder, 'hebb')
  const theirs: Awaited<ReturnType<typeof measure>>[] = []
  for (const variant of variants) theirs.push(await measure(Contestant.pyTorch(settings), folder, variant))
  return {
    ours: ours.footprint,
    theirs: theirs.map(({ footprint }) => footprint),
    peer: theirs[0]?.versions ?? {},
  }
}

const head = [
  '',
  'Hebb',
  ...variants.map((name) => `PyTorch, ${name}`),
  'ratio to smallest',
  'Hebb, steps alone',
]

const row = ({ title, ours, theirs }: { title: string; ours: Footprint; theirs: readonly Footprint[] }) => [
  title,
  showBytes(ours.peak),
  ...theirs.map(({ peak }) => showBytes(peak)),
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
