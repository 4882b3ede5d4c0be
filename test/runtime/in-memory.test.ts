import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  compile,
  compileAlignment,
  compileGradients,
  conv,
  layer,
  local,
  program,
  relu,
  sgd,
  writeBundle,
  type Bundle,
} from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import {
  GradientEvaluator,
  initialValues,
  loadBundle,
  loadRunCheckpoint,
  measureAlignment,
  openRun,
  probeEncoder,
  readMetrics,
  runFiles,
  Stepper,
  train,
  Trainer,
} from '../../runtime/index.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyDataset, writeTinyDataset } from './tiny-bundle.ts'

/** What `compile` gives is what the runtime takes: nothing of it need be written. */

const small = program({
  input: { channels: 1, size: 2, classes: 2 },
  batch: 2,
  encoder: [layer('one', conv(3), relu()), layer('two', conv(2), relu())],
  learn: local(clapp()),
  optimizer: sgd({ lr: 0.1, momentum: 0.9 }),
})
const compiled = compile(small)
const written = (bundle: Bundle): Bundle => {
  const folder = join(temporaryFolder(), 'bundle')
  writeBundle(folder, bundle)
  return loadBundle(folder)
}
const dataset = tinyDataset()
const once = { threads: 1 } as const

/** Losses, parameters and states of three steps on the same views. */
async function stepped(bundle: Bundle) {
  const { train } = bundle.manifest
  const stepper = await Stepper.create(bundle, train, initialValues(train, 3), once)
  const views = {
    type: 'float32' as const,
    shape: [4, 1, 2, 2],
    data: Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
  }
  const losses: Readonly<Record<string, number>>[] = []
  for (let step = 0; step < 3; step++) {
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    const given = { views, ...inputsByRole(train, counters(step, 0.1)), ...Object.fromEntries(draws) }
    losses.push(...(await stepper.run([given])).map((result) => result.losses))
  }
  const values = new Map([...stepper.values()].map(([name, { data }]) => [name, Array.from(data, Number)]))
  await stepper.release()
  return { losses, values }
}

describe('a compiled bundle and the one that was written of it', () => {
  test('are the same, and the written one can be written again', () => {
    const loaded = written(compiled)
    for (const { manifest, identity, digest, text } of [loaded, written(loaded)])
      expect({ manifest, identity, digest, text: Buffer.from(text) }).toEqual({
        manifest: compiled.manifest,
        identity: compiled.identity,
        digest: compiled.digest,
        text: Buffer.from(compiled.text),
      })
    for (const graph of compiled.manifest.train.graphs)
      expect(Buffer.compare(loaded.graph(graph), compiled.graph(graph))).toBe(0)
  })

  test('step to the same bits', async () => {
    const result = await stepped(compiled)
    expect(result.losses.every((losses) => Object.values(losses).every(Number.isFinite))).toBe(true)
    expect(await stepped(written(compiled))).toEqual(result)
  })

  test('train to the same bits, in a run of their own', async () => {
    const data = writeTinyDataset(join(temporaryFolder(), 'data'))
    const runs: unknown[] = []
    for (const bundle of [compiled, written(compiled)]) {
      const out = join(temporaryFolder(), 'run')
      await train({ bundle, data, out, steps: 4, seed: 1, prepareAhead: 0, ...once })
      const lines = readMetrics(runFiles(out).metrics).map(({ step, losses }) => ({ step, losses }))
      runs.push({ lines, checkpoint: readFileSync(runFiles(out).checkpoint) })
      expect(openRun(out).bundle.digest).toBe(compiled.digest)
      expect(loadRunCheckpoint(openRun(out)).step).toBe(4)
    }
    expect(runs[1]).toEqual(runs[0])
  })

  test('make the same batches, and are probed to the same figures', async () => {
    const results: unknown[] = []
    for (const bundle of [compiled, written(compiled)]) {
      const trainer = await Trainer.create({ bundle, dataset, seed: 2, totalSteps: 2, ...once })
      const losses = await trainer.step(0)
      const values = trainer.stepper.values()
      const probes = { bundle, train: dataset, test: dataset, epochs: 2, k: 1, labelsPerClass: 1, ...once }
      results.push({ losses, probed: await probeEncoder(values, probes) })
      await trainer.release()
    }
    expect(results[1]).toEqual(results[0])
  })
})

test('of a bundle alone, the training step is made, as seed 0 starts it', async () => {
  const { train } = compiled.manifest
  const [short, long] = [
    await Stepper.create(compiled),
    await Stepper.create(compiled, train, initialValues(train, 0)),
  ]
  expect(short.values()).toEqual(long.values())
  expect([...short.values().keys()]).toContain('one.weight')
  await Promise.all([short.release(), long.release()])
})

describe('sections that are compiled alone', () => {
  test('are run as they are', async () => {
    const gradients = compileGradients(small)
    const evaluator = await GradientEvaluator.create(
      gradients,
      initialValues(gradients.manifest.gradients, 3),
      once,
    )
    await evaluator.release()
    const bundle = compileAlignment(small)
    const values = initialValues(bundle.manifest.alignment, 3)
    const measured = await measureAlignment({ bundle, values, dataset, seed: 1, batches: 1, ...once })
    expect(measured?.layers.map(({ layer }) => layer)).toEqual(['one', 'two'])
  })
})

test('a section that no machine has the memory for is refused before anything of it is made', async () => {
  const { train } = compiled.manifest
  const large = train.parameters.map((parameter) => ({ ...parameter, shape: [2 ** 40, 2 ** 10] }))
  await expect(Stepper.create(compiled, { ...train, parameters: large }, new Map(), once)).rejects.toThrow(
    /the section that begins with one takes \d+ bytes[^]*a larger machine\./,
  )
})
