import { describe, expect, test } from 'vitest'
import { adamw, compile, layer, linear, flatten, local, program, relu, sgd } from '../../src/index.ts'
import { clapp, clappDirectFeedback, infoNCE } from '../../rules/index.ts'
import { decodeModel } from '../../src/onnx/proto.ts'
import { modelText } from '../../src/onnx/text.ts'
import { sharedChange } from '../../src/bundle/changes.ts'
import { chooseSteps } from '../../src/passes/steps-per-run.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { expectGolden } from '../support/golden.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { runProgram } from '../support/run-program.ts'

/** Graphs that do several steps in one run. */

const dense = program({
  name: 'dense',
  input: { channels: 1, size: 2 },
  batch: 2,
  encoder: [layer('first', flatten(), linear(3), relu()), layer('second', linear(3), relu())],
  learn: local(clapp()),
  optimizer: sgd({ lr: 0.1 }),
})

describe('a graph of several steps', () => {
  test('is one loop: what it changes goes round, what it reads once is stacked', () => {
    const { manifest, files } = compile(dense, { stepsPerRun: 4, target: 'portable' })
    const bytes = files.get('second.onnx')
    if (!bytes) throw new Error('no graph of the second layer')
    const text = modelText(decodeModel(bytes)).replace(/( {2}# .*?):\d+:\d+$/gm, '$1')
    expectGolden('steps/second.txt', text)
    expect(decodeModel(bytes).graph?.node?.map(({ opType }) => opType)).toEqual(['Scan'])
    expect(manifest.train.stepsPerRun).toBe(4)
  })

  test('costs in the manifest what a graph of one step does, and takes and gives the same', () => {
    const [one, four] = [compile(dense), compile(dense, { stepsPerRun: 4 })].map(({ manifest }) =>
      manifest.train.graphs.map(({ cost, inputs, outputs }) => ({ cost, inputs, outputs })),
    )
    expect(four).toEqual(one)
  })

  test('computes a step with the operators that a graph of one step has', () => {
    const operators = (stepsPerRun: number) => {
      const options = { stepsPerRun, target: 'cuda' as const, fused: true }
      const [bytes] = compile(tinyProgram({ dtype: 'float32' }), options).files.values()
      const nodes = bytes ? (decodeModel(bytes).graph?.node ?? []) : []
      const bodies = nodes.flatMap(({ attribute }) => attribute?.flatMap(({ g }) => g?.node ?? []) ?? [])
      return (stepsPerRun === 1 ? nodes : bodies).map(({ opType }) => opType)
    }
    expect(operators(4)).toEqual(operators(1))
  })

  test('is the same whatever the number, so that it can do fewer steps', () => {
    const [two, many] = [compile(dense, { stepsPerRun: 2 }), compile(dense, { stepsPerRun: 30 })]
    expect(many.files).toEqual(two.files)
  })

  test('refuses more batches than it was compiled for', async () => {
    const bundle = compile(dense, { stepsPerRun: 2 })
    const { train } = bundle.manifest
    const stepper = await Stepper.create(bundle, train, initialValues(train, 0), { threads: 1 })
    await expect(stepper.run([{}, {}, {}])).rejects.toThrow('3 batches for graphs of 2 steps per run')
    await stepper.release()
  })

  test('keeps the shape of parameters that are updated in blocks', async () => {
    const wide = program({
      name: 'wide',
      input: { channels: 1, size: 8 },
      batch: 2,
      encoder: [layer('first', flatten(), linear(8192), relu())],
      learn: local(infoNCE({ dimension: 4 })),
      optimizer: adamw({ lr: 1e-3 }),
    })
    const { manifest } = compile(wide, { stepsPerRun: 3 })
    const outputs = manifest.train.graphs.flatMap(({ outputs }) => outputs)
    expect(outputs.find(({ updates }) => updates === 'first.weight')?.shape).toEqual([8192, 64])
    const [one, three] = [
      await runProgram(wide, { steps: 3 }),
      await runProgram(wide, { steps: 3, stepsPerRun: 3 }),
    ]
    expect(three.losses).toEqual(one.losses)
    const differing = [...one.values].filter(
      ([name, numbers]) => !numbers.every((number, i) => number === three.values.get(name)?.[i]),
    )
    expect(differing.map(([name]) => name)).toEqual([])
  })

  test.each(['1.5', '0', '-1'])('of %s steps is a mistake', (steps) => {
    expect(() => compile(dense, { stepsPerRun: Number(steps) })).toThrow(`stepsPerRun is ${steps}`)
  })
})

describe('layers do all steps of a run one after the other', () => {
  test('where none reads what another changes: they stay apart', () => {
    const { program, train } = compile(tinyProgram(), { stepsPerRun: 2 }).manifest
    expect(sharedChange(train)).toBeUndefined()
    expect(program.fused).toBe(false)
    expect(train.graphs).toHaveLength(3)
  })

  test('and are one graph where one does', () => {
    const feedback = tinyProgram({ learn: local(clappDirectFeedback(tinyPools)) })
    expect(sharedChange(compile(feedback).manifest.train)).toMatchObject({
      name: 'conv1.weight',
      reader: 'conv1.forward',
      changer: 'conv1.learn',
      readFirst: true,
    })
    const { program, train } = compile(feedback, { stepsPerRun: 2 }).manifest
    expect(program.fused).toBe(true)
    expect(train.graphs).toHaveLength(1)
  })
})

describe('the number of steps', () => {
  const cost = { flops: 300e9, graphs: 4, stateIn: 120e6, stateOut: 120e6, batch: 1e6 }

  test('is on the CPU the least after which a run costs 2 % of its steps', () => {
    // 57 ms of copies and 0.2 ms of calls beside steps of 2.3 s.
    expect(chooseSteps(cost, 'cpu', 2 ** 34)).toEqual({
      steps: 2,
      reason: 'a run costs 57 ms beside its steps of 2300 ms',
    })
  })

  test('is for CUDA all that may be done, since training measures how many are enough', () => {
    for (const state of [120e6, 6e6, 0])
      expect(chooseSteps({ ...cost, stateIn: state, stateOut: state }, 'cuda', 2 ** 34)).toMatchObject({
        steps: 1024,
        reason: expect.stringContaining('; the most') as unknown,
      })
  })

  test('leaves three quarters of the memory to other things', () => {
    const { steps, reason } = chooseSteps({ ...cost, batch: 1e8 }, 'cuda', 2e9)
    expect(steps).toBe(5)
    expect(reason).toContain('memory for no more batches')
  })

  test('makes no run that is to take more than ten seconds', () => {
    const { steps, reason } = chooseSteps(
      { ...cost, flops: 6e12, stateIn: 3e9, stateOut: 3e9 },
      'cuda',
      2 ** 34,
    )
    expect(steps).toBe(100)
    expect(reason).toContain('no run is to take more than 10 s')
  })

  test('is limited, also of steps that take no time', () => {
    const tiny = { ...cost, flops: 1 }
    expect([chooseSteps(tiny, 'cuda', 2 ** 34).steps, chooseSteps(tiny, 'cpu', 2 ** 34).steps]).toEqual([
      1024, 32,
    ])
  })

  test('is at least one', () => {
    expect(chooseSteps({ ...cost, batch: 1e12 }, 'cuda', 1e9).steps).toBe(1)
    expect(chooseSteps({ ...cost, stateOut: 0, graphs: 1 }, 'cpu', 1e9).steps).toBe(1)
  })

  test.each([
    ['cuda', undefined, /^a run costs/],
    ['cpu', undefined, /^default for cpu$/],
    ['portable', undefined, /^default for portable$/],
    ['cpu', 3, /^asked for$/],
    ['cpu', 'auto', /^a run costs/],
  ] as const)('is recorded with its reason: %s, %s', (target, stepsPerRun, reason) => {
    const options = stepsPerRun === undefined ? { target } : { target, stepsPerRun }
    const { lowering, train } = compile(dense, options).manifest
    expect(lowering?.stepsPerRun).toMatch(reason)
    expect(train.stepsPerRun > 1).toBe(target === 'cuda' || stepsPerRun !== undefined)
  })

  test('is of training alone', () => {
    const { augment, encode, probes } = compile(dense, { stepsPerRun: 4 }).manifest
    const others = [augment, encode, ...probes.flatMap(({ train, classify }) => [train, classify])]
    expect(new Set(others.map(({ stepsPerRun }) => stepsPerRun))).toEqual(new Set([1]))
  })
})
