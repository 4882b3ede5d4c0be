/**
 * Time of a training step of the demo's programs, and the share of it outside onnxruntime.
 *
 *     npx tsx bench/demo.ts [STEPS]
 *
 * The programs take turns, several rounds each, so that a change of the machine's speed meets all of them; the
 * median over rounds is shown, with the fastest.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, type Program } from '../src/index.ts'
import { writeBundle } from '../src/onnx/write-bundle.ts'
import { loadBundle, openDataset, Trainer, type LoadedBundle } from '../runtime/index.ts'
import { backpropagation, directFeedback, plusPlus } from '../rules/recipes/fashion-mnist.ts'

const ROUNDS = 5
const WARM_UP = 5
const steps = Number(process.argv[2] ?? 30)
const dataset = openDataset(new URL('../data/fashion-mnist', import.meta.url).pathname, 'train')
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

/** Milliseconds a step, and the fraction of them outside onnxruntime. */
async function measure(bundle: LoadedBundle): Promise<{ wall: number; outside: number }> {
  const trainer = await Trainer.create({ bundle, dataset, seed: 0, totalSteps: WARM_UP + steps })
  for (let step = 0; step < WARM_UP; step++) await trainer.step(step)
  const [began, inside] = [performance.now(), trainer.runMilliseconds]
  for (let step = WARM_UP; step < WARM_UP + steps; step++) await trainer.step(step)
  const elapsed = performance.now() - began
  const outside = 1 - (trainer.runMilliseconds - inside) / elapsed
  await trainer.release()
  return { wall: elapsed / steps, outside }
}

const folder = mkdtempSync(join(tmpdir(), 'hebb-bench-'))
try {
  const programs: readonly Program[] = [plusPlus, directFeedback, backpropagation]
  const runs = programs.map((program, i) => {
    writeBundle(join(folder, String(i)), compile(program))
    return {
      program,
      bundle: loadBundle(join(folder, String(i))),
      rounds: [] as { wall: number; outside: number }[],
    }
  })
  for (let round = 0; round < ROUNDS; round++)
    for (const { bundle, rounds } of runs) rounds.push(await measure(bundle))
  for (const { program, rounds } of runs) {
    const walls = rounds.map(({ wall }) => wall)
    const outside = 100 * median(rounds.map((round) => round.outside))
    const times = `${median(walls).toFixed(0)} ms a step (fastest round ${Math.min(...walls).toFixed(0)})`
    console.log(`${program.name}: ${times}, ${outside.toFixed(1)} % of it outside onnxruntime`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
