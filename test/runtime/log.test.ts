import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  blocks,
  compile,
  flatten,
  global,
  layer,
  linear,
  local,
  program,
  rule,
  sgd,
  writeBundle,
  type Credit,
  type Rule,
} from '../../src/index.ts'
import { at } from '../../src/base/lists.ts'
import { clapp, clappDirectFeedback, infoNCE, oja, vicreg } from '../../rules/index.ts'
import { bestCheckpoint } from '../../runtime/files/kept.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { everythingInside, logging, silent } from '../support/logging.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { refusal } from '../support/refusal.ts'
import { runProgram } from '../support/run-program.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyDataset } from './tiny-bundle.ts'

/** Numbers that rules log, while a program runs: that they are right, and that training is the same bits without them. */

const credits: readonly (readonly [string, Rule, (rule: Rule) => Credit])[] = [
  ['CLAPP, locally', clapp({ pool: tinyPools }), local],
  ['CLAPP by backpropagation', clapp(), global],
  ['CLAPP with feedback from the top', clappDirectFeedback(tinyPools), local],
  ['VICReg in blocks', vicreg(), (own) => blocks([2, 1], own)],
  ['InfoNCE', infoNCE({ dimension: 5 }), local],
  ["Oja's rule, without a loss", oja(), local],
]

describe.each(credits)('%s', (_, own, credit) => {
  const of = (learn: Rule, dtype: 'float32' | 'float64') => tinyProgram({ learn: credit(learn), dtype })

  test.each([
    ['float32', { steps: 4 }],
    ['float32', { steps: 4, stepsPerRun: 2 }],
    ['float32', { steps: 2, fused: true }],
    ['float64', { steps: 2 }],
  ] as const)('trains to the same bits whatever is logged, in %s with %o', async (dtype, options) => {
    const { log: none, ...quiet } = await runProgram(of(silent(own), dtype), options)
    const { log, ...talking } = await runProgram(of(logging(own, everythingInside), dtype), options)
    expect(talking).toEqual(quiet)
    expect(none).toEqual(Array(options.steps).fill({}))
    for (const layers of log)
      for (const numbers of Object.values(layers)) expect(Object.keys(numbers).length).toBeGreaterThan(3)
  })
})

test('what VICReg logs are the terms of its loss', async () => {
  const weights = { invariance: 25, variance: 10, covariance: 2 }
  const { losses, log } = await runProgram(tinyProgram({ learn: local(vicreg(weights)) }), { steps: 2 })
  const sums = log.flatMap((layers) =>
    Object.values(layers).map((terms) =>
      Object.entries(weights).reduce((sum, [name, weight]) => sum + weight * (terms[name] ?? NaN), 0),
    ),
  )
  expect(sums).toHaveLength(6)
  for (const [i, sum] of sums.entries()) expect(sum).toBeCloseTo(at(losses, i), 10)
})

/** Logs how far it is from 1, how near, which is best where it is most; and a number that is finite in some steps alone. */
const talking = rule<'a' | 'b'>('talking', ({ out, images, labels }) => {
  const distance = out.rows.sub(1).square().mean()
  const odd = labels
    .cast('float32')
    .sum()
    .sub(images - 1)
  return { loss: distance, log: { distance, nearness: distance.neg(), inverse: odd.pow(-1) } }
})

const dense = (learn: Credit) =>
  program({
    name: 'dense',
    input: { channels: 1, size: 2, classes: 2 },
    batch: 2,
    encoder: [layer('first', flatten(), linear(3)), layer('second', linear(3))],
    learn,
    optimizer: sgd({ lr: 0.2, momentum: 0.9 }),
  })

const bundle = compile(dense(local(talking)))
const STEPS = 12

function given(change: Partial<Omit<TrainOptions, 'bundle' | 'data'>> = {}) {
  const root = temporaryFolder()
  writeBundle(join(root, 'bundle'), bundle)
  const data = writeTinyDataset(join(root, 'data'))
  const settings = { steps: STEPS, seed: 1, threads: 1, checkpointEvery: 3, prepareAhead: 0 }
  return { bundle: join(root, 'bundle'), data, out: join(root, 'run'), ...settings, ...change }
}

const shown = (out: string) =>
  readMetrics(runFiles(out).metrics).map(({ step, losses, log }) => ({ step, losses, log }))

describe('a run', () => {
  test('has what rules log in its metrics, from the input to the top; null where it is not finite', async () => {
    const { out, ...options } = given()
    await train({ out, ...options })
    const lines = shown(out)
    expect(lines).toHaveLength(STEPS)
    for (const { losses, log } of lines) {
      expect(Object.keys(log ?? {})).toEqual(['first', 'second'])
      for (const [name, loss] of Object.entries(losses)) {
        expect(log?.[name]?.distance).toBe(loss)
        expect(log?.[name]?.nearness).toBe(-loss)
      }
    }
    const inverses = lines.map(({ log }) => log?.first?.inverse ?? 0)
    expect(inverses.filter(Number.isNaN).length).toBeGreaterThan(0)
    expect(inverses.filter(Number.isFinite).length).toBeGreaterThan(0)
    expect(readFileSync(runFiles(out).metrics, 'utf8')).toContain('"inverse":null')
  })

  test('with several workers, and one that was killed and resumed, has the same', async () => {
    const [whole, several, killed] = [given(), given({ workers: 2 }), given()]
    await train(whole)
    await train(several)
    const onProgress = ({ step }: Progress) => {
      if (step === 8) throw new Error('killed')
    }
    await expect(train({ ...killed, onProgress })).rejects.toThrow('killed')
    // What a kill has torn off.
    appendFileSync(runFiles(killed.out).metrics, '{"step":9,"log":{"first":{"inv')
    await train({ out: killed.out, resume: true, prepareAhead: 0 })
    const files = [whole, several, killed].map(({ out }) => [
      shown(out),
      readFileSync(runFiles(out).checkpoint),
    ])
    expect(files[1]).toEqual(files[0])
    expect(files[2]).toEqual(files[0])
  })

  test('of a rule that logs nothing says nothing of it', async () => {
    const { out, ...options } = given()
    await train({ out, ...options, bundle: compile(dense(local(silent(talking)))) })
    expect(readFileSync(runFiles(out).metrics, 'utf8')).not.toContain('log')
  })

  test.each([
    ['first.distance', Math.min],
    ['first.distance:max', Math.max],
    ['first.loss:max', Math.max],
    ['second.nearness', Math.min],
    ['second.nearness:max', Math.max],
  ])('keeps the best by %s', async (keepBest, best) => {
    const { out, ...options } = given({ keepBest })
    await train({ out, ...options })
    const [layer = '', what = ''] = keepBest.replace(':max', '').split('.')
    const values = shown(out).map(
      ({ losses, log }) => (what === 'loss' ? losses[layer] : log?.[layer]?.[what]) ?? NaN,
    )
    const means = Array.from({ length: STEPS / 3 }, (_, i) =>
      values.slice(3 * i, 3 * i + 3).reduce((sum, value) => sum + value / 3, 0),
    )
    const kept = bestCheckpoint(out)
    expect(kept?.value).toBeCloseTo(best(...means), 6)
    expect(kept?.step).toBe(3 * (means.findIndex((mean) => Math.abs(mean - best(...means)) < 1e-6) + 1))
  })

  test('keeps none by what is not finite, and is told what there is', async () => {
    const { out, ...options } = given({ keepBest: 'first.inverse' })
    await train({ out, ...options })
    expect(bestCheckpoint(out)?.value ?? 0).toSatisfy(Number.isFinite)
    expect(await refusal(train(given({ keepBest: 'second.distnace:max' })))).toContain(
      "gives no metric 'second.distnace'\n  did you mean 'second.distance'",
    )
  })
})

test('a stepper gives what rules log, by layer and name', async () => {
  const stepper = await Stepper.create(bundle)
  const float = (shape: number[], data: number[]) => ({
    type: 'float32' as const,
    shape,
    data: Float32Array.from(data),
  })
  const [result] = await stepper.run([
    {
      views: float(
        [4, 1, 2, 2],
        Array.from({ length: 16 }, (_, i) => Math.sin(i)),
      ),
      labels: { type: 'int64', shape: [2], data: BigInt64Array.of(1n, 1n) },
      learning_rate: { type: 'float64', shape: [], data: Float64Array.of(0.1) },
    },
  ])
  await stepper.release()
  expect(result?.log.first?.distance).toBe(result?.losses['first.loss'])
  expect(result?.log.second?.inverse).toBe(1)
})
