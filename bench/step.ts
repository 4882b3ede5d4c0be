/**
 * Time of a training step of the demo's programs, and the share of it outside onnxruntime.
 *
 *     npx tsx bench/step.ts [STEPS]
 *
 * The programs take turns in blocks of steps, so that a change of the machine's speed meets all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../src/index.ts'
import { writeBundle } from '../src/onnx/write-bundle.ts'
import { loadBundle, openDataset, Trainer } from '../runtime/index.ts'
import { backpropagation, directFeedback, plusPlus } from '../rules/recipes/fashion-mnist.ts'

const BLOCK = 10
const steps = Number(process.argv[2] ?? 100)
const folder = mkdtempSync(join(tmpdir(), 'hebb-bench-'))
const dataset = openDataset(new URL('../data/fashion-mnist', import.meta.url).pathname, 'train')
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

try {
  const runs = []
  for (const program of [plusPlus, directFeedback, backpropagation]) {
    writeBundle(folder, compile(program))
    const trainer = await Trainer.create({ bundle: loadBundle(folder), dataset, seed: 0, totalSteps: steps })
    for (let step = 0; step < BLOCK; step++) await trainer.step(step)
    runs.push({ program, trainer, wall: [] as number[], outside: [] as number[] })
  }
  for (let start = BLOCK; start < steps + BLOCK; start += BLOCK)
    for (const { trainer, wall, outside } of runs) {
      const [began, inside] = [performance.now(), trainer.runMilliseconds]
      for (let step = start; step < start + BLOCK; step++) await trainer.step(step)
      const elapsed = performance.now() - began
      wall.push(elapsed / BLOCK)
      outside.push(1 - (trainer.runMilliseconds - inside) / elapsed)
    }
  for (const { program, trainer, wall, outside } of runs) {
    const step = `${median(wall).toFixed(1)} ms a step (batch ${program.batch})`
    console.log(`${program.name}: ${step}, ${(100 * median(outside)).toFixed(1)} % of it outside onnxruntime`)
    await trainer.release()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
