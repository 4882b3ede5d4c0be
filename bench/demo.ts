/**
 * Time of a training step of the demo's programs, with batches prepared by a thread ahead and without, and the share
 * of a step in which the thread that trains does anything else than run the training graphs: waiting for a batch counts.
 *
 *     npx tsx bench/demo.ts [STEPS] [ROUNDS]
 *
 * All take turns, several rounds each, so that a change of the machine's speed meets all of them; medians over rounds
 * are shown, and the ratio of times is taken round by round.
 */
import { join } from 'node:path'
import { compile, type Program } from '../src/index.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { loadBundle, openDataset, Trainer, type Bundle } from '../runtime/index.ts'
import { DEFAULT_AHEAD } from '../runtime/train/train.ts'
import { backpropagation, directFeedback, plusPlus } from '../rules/recipes/fashion-mnist.ts'
import { withFolder } from './prepare.ts'
import { median, pairedRatio, quantile } from './statistics.ts'
import { showRatio } from './units.ts'

const WARM_UP = 5
const [steps = 30, rounds = 5] = process.argv.slice(2).map(Number)
const dataset = await openDataset(new URL('../data/fashion-mnist', import.meta.url).pathname, 'train')

interface Round {
  /** Milliseconds a step. */
  readonly wall: number
  /** Share of each step in which the training thread is outside the training graphs. */
  readonly outside: readonly number[]
}

async function measure(bundle: Bundle, prepareAhead: number): Promise<Round> {
  const totalSteps = WARM_UP + steps
  const trainer = await Trainer.create({ bundle, dataset, seed: 0, totalSteps, prepareAhead })
  try {
    const times: { wall: number; graphs: number }[] = []
    for await (const { step } of trainer.run({ from: 0, to: totalSteps }))
      if (step >= WARM_UP) times.push({ wall: performance.now(), graphs: trainer.stepper.runMilliseconds })
    const spent = times.slice(1).map(({ wall, graphs }, i) => ({
      wall: wall - (times[i]?.wall ?? NaN),
      graphs: graphs - (times[i]?.graphs ?? NaN),
    }))
    const wall = spent.reduce((sum, step) => sum + step.wall, 0) / steps
    return { wall, outside: spent.map((step) => 1 - step.graphs / step.wall) }
  } finally {
    await trainer.release()
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

function told({ batch }: Program, rounds: readonly Round[]): string {
  const wall = median(rounds.map((round) => round.wall))
  const speed = `${wall.toFixed(1)} ms a step, ${((1000 * batch) / wall).toFixed(0)} images/s`
  const shares = rounds.flatMap(({ outside }) => outside)
  const nine = percent(quantile(shares, 0.9))
  return `${speed}; ${percent(median(shares))} outside training graphs (nine steps of ten: at most ${nine})`
}

await withFolder(async (folder) => {
  const programs: readonly Program[] = [plusPlus, directFeedback, backpropagation]
  const runs = programs.map((program, i) => {
    writeBundle(join(folder, String(i)), compile(program))
    return {
      program,
      bundle: loadBundle(join(folder, String(i))),
      inTurn: [] as Round[],
      ahead: [] as Round[],
    }
  })
  for (let round = 0; round < rounds; round++)
    for (const { bundle, inTurn, ahead } of runs) {
      // Each is the first in every other round.
      if (round % 2 === 0) inTurn.push(await measure(bundle, 0))
      ahead.push(await measure(bundle, DEFAULT_AHEAD))
      if (round % 2 === 1) inTurn.push(await measure(bundle, 0))
    }
  const walls = (measured: readonly Round[]) => measured.map(({ wall }) => wall)
  for (const { program, inTurn, ahead } of runs) {
    console.log(program.name)
    console.log(`  each batch in its turn  ${told(program, inTurn)}`)
    console.log(`  batches ahead           ${told(program, ahead)}`)
    console.log(`  ahead / in turn         ${showRatio(pairedRatio(walls(ahead), walls(inTurn)))}`)
  }
})
