import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { adamw, compile, flatten, layer, linear, local, program, rule, writeBundle } from '../../src/index.ts'
import { clapp, clappDirectFeedback, clappPlusPlus, infoNCE } from '../../rules/index.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { gradientsOf } from '../../testing/gradients.ts'
import { adjustScales, stepsOfWindow } from '../../runtime/train/loss-scales.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { ValueStore, valuesFrom } from '../../runtime/values/value-store.ts'
import { emulated } from '../support/emulate-float16.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { runProgram } from '../support/run-program.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyDataset } from './tiny-bundle.ts'
import type { Credit, Program } from '../../src/index.ts'
import type { Scaling } from '../../src/bundle/schema/scaling.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** Training in mixed precision: float16 is emulated, as a GPU rounds it. */

describe('a loss scale', () => {
  const policy = { every: 32, growAfter: 64, smallest: 2 ** -2, largest: 2 ** 17 }
  const scaling: Scaling = {
    ...policy,
    blocks: [{ layer: 'a', scale: 'scale', steps: 'steps', skipped: 'skipped' }],
  }

  const number = (value: number): HostTensor => ({ type: 'float32', shape: [], data: Float32Array.of(value) })
  const inputs = (['scale', 'steps', 'skipped'] as const).map((name) => ({
    ...{ name, role: 'state' as const, type: 'float32' as const, shape: [] },
  }))
  const cost = { nodes: 0, flops: 0, parameterBytes: 0, activationBytes: 0 }
  const graph = { name: 'a', file: 'a.onnx', sha256: '', cost, inputs, outputs: [] }
  const section = {
    graphs: [graph],
    parameters: [],
    states: [],
    draws: [],
    schedule: [{ graph: 'a', drop: [] }],
    batch: 1,
    stepsPerRun: 1,
  }

  test.each([0.5, -1, 1e30, NaN])('is not adjusted by a count of %s, which no graph comes to', (count) => {
    const values = new Map([
      ['scale', number(1)],
      ['steps', number(count)],
      ['skipped', number(0)],
    ])
    const store = new ValueStore(section, valuesFrom(values))
    expect(() => stepsOfWindow(scaling, store)).toThrow(/'steps', which counts steps, is /)
  })

  /** What becomes of it where these steps are skipped, as graphs count them; and the ends of windows. */
  function follow(steps: number, isSkipped: (step: number) => boolean, start = 2 ** 16) {
    const values = new Map([
      ['scale', number(start)],
      ['steps', number(0)],
      ['skipped', number(0)],
    ])
    const store = new ValueStore(section, valuesFrom(values))
    const add = (name: string, more: number) => {
      store.assign(name, number(Number(store.get(name)?.data[0]) + more))
    }
    const [scales, ends] = [[] as number[], [] as number[]]
    for (let step = 1; step <= steps; step++) {
      if (stepsOfWindow(scaling, store) === 1) ends.push(step)
      add('steps', 1)
      if (isSkipped(step)) add('skipped', 1)
      adjustScales(scaling, store)
      scales.push(Number(store.get('scale')?.data[0]))
    }
    return { scales, ends }
  }

  test('changes at the ends of windows, the first of which are short', () => {
    expect(follow(130, () => false).ends).toEqual([1, 2, 4, 8, 16, 32, 64, 96, 128])
    expect(follow(130, (step) => step % 7 === 0).ends).toEqual([1, 2, 4, 8, 16, 32, 64, 96, 128])
  })

  test('falls fast at first, where every step overflows', () => {
    expect(follow(8, (step) => step <= 4).scales).toEqual([4096, 256, 256, 16, 16, 16, 16, 16])
  })

  test('is halved after a window with an overflow', () => {
    const { scales } = follow(128, (step) => step === 40 || step === 41)
    expect(scales.slice(0, 63).every((scale) => scale === 2 ** 16)).toBe(true)
    expect(scales.slice(63, 127).every((scale) => scale === 2 ** 15)).toBe(true)
  })

  test('is doubled after many steps without one, up to the largest', () => {
    const { scales } = follow(320, (step) => step === 40)
    expect([scales[63], scales[126], scales[127], scales[191], scales[192], scales[319]]).toEqual([
      ...[2 ** 15, 2 ** 15, 2 ** 16, 2 ** 17, 2 ** 17, 2 ** 17],
    ])
  })

  test('that is the smallest one, and still too large, ends the training', () => {
    expect(() => follow(400, () => true)).toThrow(
      /the gradients of 'a' were not finite in any of 32 steps, at the smallest loss scale[^]*precision: 'mixed'/,
    )
  })
})

const single = (learn: Credit): Program => tinyProgram({ learn, dtype: 'float32', batch: 8 })
const mixed = (learn: Credit): Program => ({ ...single(learn), precision: 'mixed' })

const credits: readonly (readonly [string, Credit])[] = [
  ['a local rule', local(clappPlusPlus(tinyPools))],
  ['one whose first scale is too large', local(infoNCE({ dimension: 5 }))],
  ['one that reads from above', local(clappDirectFeedback(tinyPools))],
]

describe.each(credits)('%s', (_, learn) => {
  test('gives the same bits however many steps a run does', async () => {
    const steps = 37
    const alone = await runProgram(mixed(learn), { steps, emulate: true, target: 'cuda' })
    expect(alone.losses.every(Number.isFinite)).toBe(true)
    for (const stepsPerRun of [8, 37])
      expect(await runProgram(mixed(learn), { steps, stepsPerRun, emulate: true, target: 'cuda' })).toEqual(
        alone,
      )
  })

  test('learns in 20 steps what it learns in float32', async () => {
    const [half, full] = [
      await runProgram(mixed(learn), { steps: 20, emulate: true, target: 'cuda' }),
      await runProgram(single(learn), { steps: 20, target: 'cuda' }),
    ]
    const mean = ({ losses }: typeof half) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length
    // Twenty steps of a net of few units; a hundred roundings, each of 2^-11.
    expect(Math.abs(mean(half) - mean(full)) / mean(full)).toBeLessThan(100 * 2 ** -11)
  })
})

describe('a step whose gradients are not finite', () => {
  const loud = local(rule<'a' | 'b'>('loud', ({ out }) => out.a.sub(out.b).square().sum().mul(1000)))

  test('changes no parameter and no state, and is told', async () => {
    const given = { ...mixed(loud), optimizer: adamw({ lr: 1e-2 }) }
    const [none, one] = [
      await runProgram(given, { steps: 1, emulate: true }),
      await runProgram(given, { steps: 2, emulate: true }),
    ]
    expect(one.log.map(({ conv1 }) => conv1)).toEqual([
      { loss_scale: 65536, skipped: 1 },
      { loss_scale: 4096, skipped: 1 },
    ])
    for (const [name, numbers] of one.values)
      if (!name.includes('.loss_scale')) expect(numbers, name).toEqual(none.values.get(name))
    expect(one.values.get('conv1.loss_scale')).toEqual([256])
  })

  test('does not keep other layers from learning', async () => {
    const quietAbove = local(
      rule<'a' | 'b'>('one', ({ out, layer }) => {
        const loss = out.a.sub(out.b).square().mean()
        return layer === 'conv1' ? loss.mul(1e6) : loss
      }),
    )
    const { log } = await runProgram(mixed(quietAbove), { steps: 2, emulate: true })
    expect(log[0]).toMatchObject({ conv1: { skipped: 1 }, conv2: { skipped: 0 }, conv3: { skipped: 0 } })
  })
})

const STEPS = 43

const dense = program({
  name: 'dense',
  input: { channels: 1, size: 2, classes: 2 },
  batch: 2,
  encoder: [layer('first', flatten(), linear(3)), layer('second', linear(3))],
  learn: local(
    // What it teaches grows without end: it overflows again and again.
    rule<'a' | 'b'>('uneven', ({ out }) => out.a.square().sum().mul(-3)),
  ),
  optimizer: adamw({ lr: 0.03 }),
  precision: 'mixed',
})

const bundles = new Map<number, ReturnType<typeof emulated>>()
const bundleOf = (stepsPerRun: number) => {
  const known = bundles.get(stepsPerRun) ?? emulated(compile(dense, { stepsPerRun }))
  bundles.set(stepsPerRun, known)
  return known
}

const given = (stepsPerRun: number, change: Partial<TrainOptions> = {}) => {
  const root = temporaryFolder()
  const bundle = join(root, 'bundle')
  writeBundle(bundle, bundleOf(stepsPerRun))
  const data = writeTinyDataset(join(root, 'data'))
  const settings = { steps: STEPS, seed: 1, threads: 1, checkpointEvery: 6, prepareAhead: 0 }
  return { bundle, data, out: join(root, 'run'), ...settings, ...change }
}

const left = ({ out }: { readonly out: string }) => {
  const { metrics, checkpoint } = runFiles(out)
  const lines = readMetrics(metrics).map(({ step, losses, log }) => ({ step, losses, log }))
  return { lines, checkpoint: readFileSync(checkpoint) }
}

describe('a training run', () => {
  const alone = async () => {
    const one = given(1)
    await train(one)
    return left(one)
  }

  test('skips some steps, and says which', async () => {
    const { lines } = await alone()

    const skipped = lines.filter(({ log }) => log?.second?.skipped === 1)
    expect(skipped.length).toBeGreaterThan(0)
    expect(skipped.length).toBeLessThan(STEPS / 2)
    const scales = new Set(lines.map(({ log }) => log?.second?.loss_scale))
    expect(scales.size).toBeGreaterThan(1)
  })

  test.each([4, 32])('of %i steps per run leaves what one of single steps leaves', async (stepsPerRun) => {
    const several = given(stepsPerRun)
    await train(several)
    const [one, more] = [await alone(), left(several)]
    expect(more.lines).toEqual(one.lines)
  })

  test('of layers in two workers leaves it, too', async () => {
    const workers = given(1, { workers: 2 })
    await train(workers)
    expect(left(workers)).toEqual(await alone())
  })

  test.each([1, 3, 17, 31, 32, 33])('killed after step %i goes on to the same bits', async (step) => {
    const whole = given(8)
    await train(whole)
    const killed = given(8)
    const onProgress = (progress: Progress) => {
      if (progress.step === step) throw new Error('killed')
    }
    await expect(train({ ...killed, onProgress })).rejects.toThrow('killed')
    await train({ out: killed.out, resume: true, checkpointEvery: 6, threads: 1, prepareAhead: 0 })
    expect(left(killed)).toEqual(left(whole))
  })
})

test('a bundle that says of another value that losses are scaled by it is refused', async () => {
  const { checkParts } = await import('../../src/bundle/check-parts.ts')
  const { manifest } = compile({ ...single(local(clapp())), precision: 'mixed' })
  const { train: section } = manifest
  const { scaling } = section
  if (!scaling) throw new Error('it is not scaled')
  const blocks = scaling.blocks.map((block) => ({ ...block, scale: 'conv1.weight.exp_avg' }))
  const changed = { ...manifest, train: { ...section, scaling: { ...scaling, blocks } } }
  expect(() => {
    checkParts(changed, 'manifest.json')
  }).toThrow(/'conv1\.weight\.exp_avg', which losses are scaled by, is no such number among the states/)
})

test('its gradients are proved in float64, as those of any program', async () => {
  const { worstError } = gradientsOf({ ...single(local(infoNCE())), precision: 'mixed' }, 4)
  expect(await worstError?.(20)).toBeLessThan(1e-6)
})
