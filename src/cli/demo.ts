import { join, relative } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { backpropagation, directFeedback, epochs, plusPlus } from '../../rules/recipes/fashion-mnist.ts'
import { loadBundle } from '../bundle/load-bundle.ts'
import { batchesPerEpoch } from '../../runtime/batches/epoch.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { openRun, removeRun, runFiles } from '../../runtime/files/run-folder.ts'
import { whileLocked } from '../../runtime/files/run-lock.ts'
import { writeAtomically } from '../../runtime/files/atomic.ts'
import { renderSummarySvg, writeReport } from '../../report/index.ts'
import { train } from '../../runtime/train/train.ts'
import { compile } from '../compile.ts'
import { UserError } from '../base/error.ts'
import { isThere } from '../base/file-kind.ts'
import { writeBundle } from '../bundle/write-bundle.ts'
import { PAGE, requireDemoPlace, SUMMARY } from './demo-place.ts'
import { demoReport, resultText } from './demo-report.ts'
import { probeSeed, type SeedResults, type TrainedProgram } from './demo-probe.ts'
import { folder, parseFlags, wholeNumber } from './flags.ts'
import { interruptible } from './interrupt.ts'
import { ownImages, requireImages } from './own-images.ts'
import { addSessionFlags, sessionFlags } from './session-flags.ts'
import { progressShown, say } from './shown.ts'
import { duration } from './units.ts'
import type { Program } from '../lang/program.ts'
import { placeOf } from '../../runtime/session/options.ts'

const flagSchema = z.object({
  data: folder.default(ownImages),
  out: folder.default('runs/demo'),
  seeds: wholeNumber(1, 1000).default(1),
  epochs: wholeNumber(1, 1_000_000).default(epochs),
  again: z.boolean().default(false),
  ...sessionFlags,
})
type Flags = z.infer<typeof flagSchema>

const programs: readonly (readonly [file: string, program: Program])[] = [
  ['clapp++', plusPlus],
  ['clapp++dfb', directFeedback],
  ['bp-clapp++', backpropagation],
]

/** Compiles and trains one program; a run that an earlier demo broke off is gone on with. */
async function trainProgram(
  file: string,
  program: Program,
  seed: number,
  flags: Flags,
  signal: AbortSignal,
): Promise<TrainedProgram> {
  const bundle = join(flags.out, `${file}.bundle`)
  const out = join(flags.out, `${file}.seed${seed}`)
  writeBundle(bundle, compile(program))
  const settings = { ...placeOf(flags), signal }
  const resume = isThere(runFiles(out).record)
  if (resume) await requireSameDemo(out, bundle, flags, signal)
  say(
    `${program.name}: ${program.learn.name} credit, seed ${seed}${resume ? ', as far as it is not done yet' : ''}`,
  )
  const progress = progressShown()
  try {
    const start = resume ? { resume } : { bundle, seed, epochs: flags.epochs }
    const summary = await train({ out, data: flags.data, ...start, ...settings, onProgress: progress.update })
    return { program, run: openRun(out), summary }
  } finally {
    progress.stop()
  }
}

const runsOf = ({ out, seeds }: Flags): string[] =>
  Array.from({ length: seeds }, (_, seed) =>
    programs.map(([file]) => join(out, `${file}.seed${seed}`)),
  ).flat()

const removing = (out: string) => (): Promise<void> => {
  removeRun(out)
  return Promise.resolve()
}

/** @throws UserError where the run of an earlier demo is not whole, of another program or of another length. */
async function requireSameDemo(
  out: string,
  bundle: string,
  flags: Flags,
  signal: AbortSignal,
): Promise<void> {
  const again =
    'Choose another folder: --out DIR; or train anew, which removes the files of the runs there: --again'
  const wanted = loadBundle(bundle)
  const perEpoch = batchesPerEpoch(
    (await openDataset(flags.data, 'train', { signal })).count,
    wanted.manifest.train.batch,
  )
  try {
    const { record } = openRun(out)
    if (record.identity === wanted.identity && record.totalSteps === flags.epochs * perEpoch) return
  } catch (error) {
    throw error instanceof UserError ? error.note(again) : error
  }
  throw new UserError(
    'RunError',
    `${out} holds the run of another demo, of other length or another version`,
    {
      help: again,
    },
  )
}

/** @returns whether it came to its end */
async function demo(flags: Flags, signal: AbortSignal): Promise<boolean> {
  // All at first: who stops the demo goes on without --again.
  if (flags.again) for (const run of runsOf(flags)) await whileLocked(run, removing(run))
  const began = performance.now()
  const results: SeedResults[] = []
  for (let seed = 0; seed < flags.seeds; seed++) {
    const trained: TrainedProgram[] = []
    for (const [file, program] of programs) {
      const done = await trainProgram(file, program, seed, flags, signal)
      if (done.summary.stopped) return false
      trained.push(done)
    }
    say('Probing the frozen encoders …')
    const probed = await probeSeed(trained, flags.data, seed, flags, signal)
    if (!probed) return false
    results.push(probed)
  }
  const seconds = (performance.now() - began) / 1000
  const report = await demoReport(results, flags, seconds, flags)
  const page = join(flags.out, PAGE)
  await writeReport(page, report)
  writeAtomically(join(flags.out, SUMMARY), [await renderSummarySvg(report)])
  console.log(`\n${resultText(report)}\n`)
  console.log(
    `${duration(seconds)} in all. The report, with loss curves and filters: ${relative(process.cwd(), page)}`,
  )
  return true
}

export const demoCommand = (): Command =>
  addSessionFlags(
    new Command('demo')
      .summary('train three encoders on real images and compare them')
      .description(
        'Train the same small encoder by a local rule (CLAPP++), with direct feedback (CLAPP++DFB) and by ' +
          'backpropagation (BP-CLAPP++) on a subset of Fashion-MNIST, and compare what the encoders know.',
      )
      .option('--data <path>', 'images to train on and to judge by (default: those that a clone comes with)')
      .option('--out <folder>', 'runs and report (default: runs/demo)')
      .option('--seeds <number>', 'how often, from seed 0 up; the table shows means and spreads (default: 1)')
      .option('--epochs <number>', `length of each training (default: ${epochs})`)
      .option('--again', 'train anew: removes the files of the runs in the folder first, and nothing else'),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb demo
  hebb demo --seeds 3 --out runs/demo3
  hebb demo --data fashion-mnist --epochs 1

Ctrl-C stops with a checkpoint; the same command goes on from there.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      requireImages(flags.data)
      requireDemoPlace(flags.out)
      const how = flags.again ? 'The same command without --again' : 'The same command'
      const notice = `Stopping after this step; what is done is kept. ${how} goes on.`
      await interruptible(
        notice,
        (signal) => whileLocked(flags.out, () => demo(flags, signal)),
        (finished) => !finished,
      )
    })
