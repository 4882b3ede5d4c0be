/**
 * Time of a training step of the demo's programs, with batches prepared by a thread ahead and without, and the share
 * of it in which the thread that trains does anything else than run the training graphs: waiting for a batch counts.
 *
 *     npx tsx bench/demo.ts [STEPS] [ROUNDS]
 *
 * All take turns, several rounds each, so that a change of the machine's speed meets all of them; medians over rounds
 * are shown, and the ratio of times is taken round by round.
 */
import { join } from 'node:path'
import { compile, type Program } from '../src/index.ts'
import { writeBundle } from '../src/onnx/write-bundle.ts'
import { loadBundle, openDataset, Trainer, type LoadedBundle } from '../runtime/index.ts'
import { DEFAULT_AHEAD } from '../runtime/train.ts'
import { backpropagation, directFeedback, plusPlus } from '../rules/recipes/fashion-mnist.ts'
import { withFolder } from './prepare.ts'
import { median, pairedRatio } from './statistics.ts'
import { showRatio } from './units.ts'

const WARM_UP = 5
const [steps = 30, rounds = 5] = process.argv.slice(2).map(Number)
const dataset = openDataset(new URL('../data/fashion-mnist', import.meta.url).pathname, 'train')

interface Round {
  /** Milliseconds a step. */
  readonly wall: number
  /** Fraction of the training thread's time outside its graphs, and outside onnxruntime altogether. */
  readonly outsideGraphs: number
  readonly outside: number
}

async function measure(bundle: LoadedBundle, prepareAhead: number): Promise<Round> {
  const totalSteps = WARM_UP + steps
  const trainer = await Trainer.create({ bundle, dataset, seed: 0, totalSteps, prepareAhead })
  try {
    const now = () => ({
      wall: performance.now(),
      graphs: trainer.stepper.runMilliseconds,
      onnxruntime: trainer.runMilliseconds,
    })
    let began = now()
    for await (const { step } of trainer.run({ from: 0, to: totalSteps })) if (step === WARM_UP) began = now()
    const ended = now()
    const elapsed = ended.wall - began.wall
    return {
      wall: elapsed / steps,
      outsideGraphs: 1 - (ended.graphs - began.graphs) / elapsed,
      outside: 1 - (ended.onnxruntime - began.onnxruntime) / elapsed,
    }
  } finally {
    await trainer.release()
  }
}

function told(program: Program, measured: readonly Round[]): string {
  const of = (key: keyof Round) => median(measured.map((round) => round[key]))
  const percent = (key: keyof Round) => `${(100 * of(key)).toFixed(1)} %`
  const wall = of('wall')
  const speed = `${wall.toFixed(0)} ms a step, ${((1000 * program.batch) / wall).toFixed(0)} images/s`
  return `${speed}; ${percent('outsideGraphs')} outside training graphs, ${percent('outside')} outside onnxruntime`
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
