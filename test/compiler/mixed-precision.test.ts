import { describe, expect, test } from 'vitest'
import { at, zip } from '../../src/base/lists.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { input } from '../../src/ops/leaf.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { inFloat16 } from '../../src/passes/float16/float16.ts'
import { createSession } from '../../runtime/session/provider.ts'
import { wrap } from '../../runtime/session/ort-tensor.ts'
import { normals } from '../support/samples.ts'
import { compile, conv, flatten, layer, linear, local, program, relu, rule, sgd } from '../../src/index.ts'
import { compileGradients } from '../../src/compile-gradients.ts'
import { clapp, oja } from '../../rules/index.ts'
import { emulatedGraph, float16Operators } from '../support/emulate-float16.ts'
import { gradientsOf } from '../support/gradients-of.ts'
import { tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases } from '../support/rule-cases.ts'
import { trainingGraphs } from '../support/steps.ts'
import type { Node } from '../../src/ir/node.ts'
import type { Program } from '../../src/index.ts'

/** `precision: 'mixed'`: which parts of a training become float16, and how near its gradients are. */

const mixed = (given: Program): Program => ({ ...given, precision: 'mixed' })
const single = (given: Parameters<typeof tinyProgram>[0] = {}): Program =>
  tinyProgram({ dtype: 'float32', ...given })

/** Those with a kernel of float16 in onnxruntime's CUDA provider at opset 18; the loop of several steps hands none on. */
const allowed = new Set([
  ...['Cast', 'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add'], // products, and biases of small maps
  ...['Relu', 'Neg', 'MaxPool'],
  ...['Reshape', 'Transpose', 'Slice', 'Concat', 'Pad', 'Gather', 'ConstantOfShape'],
  ...['Greater', 'Equal', 'Where', 'Mul', 'Sub'], // masks of ReLU and max-pool
])

/** Under the credits that reach least and farthest. */
describe.each(ruleCases)('$name', ({ rule, views, credits: all, encoder }) => {
  const credits = all.filter((credit) => credit !== 'blocks')
  const of = (credit: (typeof credits)[number], batch = 8) =>
    single({ learn: giveCredit[credit](rule), views, encoder: encoder(), batch })

  test.each(credits)('under %s credit has float16 in ops with a kernel, and nowhere outside', (credit) => {
    const made = mixed(of(credit, 3))
    for (const stepsPerRun of [1, 2]) {
      const { bundle, train } = trainingGraphs(made, { target: 'cuda', stepsPerRun })
      const found = train.graphs.flatMap((graph) => float16Operators(bundle.graph(graph)))
      expect(found.length).toBeGreaterThan(0)
      expect(found.filter((operator) => !allowed.has(operator))).toEqual([])
      const outside = train.graphs.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
      expect(outside.filter(({ type }) => type === 'float16')).toEqual([])
    }
  })

  /**
   * A rounding changes a number by 2^-11 of it at most, so what is rounded r times on the longest way through the graphs is
   * moved by r · 2^-11 of it, to first order (sums are of float32: n · 2^-24 of their terms). The gradients are as near as
   * where all parameters and views are moved so far: that is what they hold, and no more can be asked of them.
   */
  test.each(credits)('under %s credit has gradients near to those of float32', async (credit) => {
    const [half] = await gradientsOf(mixed(of(credit)))
    const far = half.roundings * 2 ** -11
    const [full, ...moved] = await gradientsOf(of(credit), { moved: [0, far, far, far, far] })
    expect(half.skipped).toEqual([])
    for (const [graph, exact] of full.blocks) {
      const errorOf = ({ blocks }: typeof full) => distance(blocks.get(graph) ?? [], exact) / norm(exact)
      expect(errorOf(half), graph).toBeLessThan(Math.max(far, ...moved.map(errorOf)))
    }
  })
})

const norm = (list: readonly number[]): number => Math.hypot(...list)
const distance = (a: readonly number[], b: readonly number[]): number =>
  norm(zip(a, b).map(([x, y]) => x - y))

describe('a program in mixed precision', () => {
  const { manifest } = compile(mixed(single()), { target: 'cuda' })

  test('is another program, and says so', () => {
    expect(manifest.program.precision).toBe('mixed')
    expect(manifest.identity).not.toBe(compile(single()).identity)
    expect(compile({ ...single(), precision: 'full' }).identity).toBe(compile(single()).identity)
    expect(compile(single()).manifest.program).not.toHaveProperty('precision')
  })

  test('is one program, whatever its graphs are compiled for', () => {
    expect(compile(mixed(single()), { target: 'portable' }).identity).toBe(manifest.identity)
    expect(compile(mixed(single())).identity).toBe(manifest.identity)
  })

  test('has a scale of its own for each block, which graphs read and do not change', () => {
    const { scaling, states } = manifest.train
    expect(scaling?.blocks).toEqual(
      ['conv1', 'conv2', 'conv3'].map((layer) => ({
        layer,
        scale: `${layer}.loss_scale`,
        steps: `${layer}.loss_scale.steps`,
        skipped: `${layer}.loss_scale.skipped`,
      })),
    )
    expect(states.find(({ name }) => name === 'conv2.loss_scale')).toMatchObject({
      type: 'float32',
      shape: [],
      start: { kind: 'constant', value: 65536 },
      constant: true,
    })
  })

  test('shows the scale and skipped steps of each layer beside what its rule logs', () => {
    const { graphs } = compile(mixed(single())).manifest.train
    const logged = graphs.flatMap(({ outputs }) =>
      outputs.flatMap(({ layer, log }) => (layer === 'conv2' && log !== undefined ? log : [])),
    )
    expect(logged).toEqual(['positive', 'negative', 'loss_scale', 'skipped'])
  })

  test('is said to save nothing where it is compiled for the CPU', () => {
    const told: string[] = []
    const onNotice = (notice: string) => told.push(notice)
    for (const target of ['cpu', 'cuda'] as const) compile(mixed(single()), { target, onNotice })
    expect(told).toEqual([expect.stringMatching(/'mixed' saves nothing on the CPU/)])
  })

  test('shows them under other names where its rule has these', () => {
    const loud = rule<'a' | 'b'>('loud', ({ out }) => {
      const loss = out.a.sub(out.b).square().mean()
      return { loss, log: { skipped: loss } }
    })
    const [graph] = trainingGraphs(mixed(single({ learn: local(loud) }))).train.graphs
    expect(graph?.outputs.flatMap(({ log }) => log ?? [])).toEqual(['skipped', 'loss_scale', 'skipped_2'])
  })

  test('where no loss teaches, scales nothing and skips all the same', () => {
    const encoder = [layer('conv1', conv(3, { bias: false }), relu())]
    const { scaling } = compile(mixed(single({ learn: local(oja()), encoder }))).manifest.train
    expect(scaling?.blocks).toEqual([
      { layer: 'conv1', steps: 'conv1.loss_scale.steps', skipped: 'conv1.loss_scale.skipped' },
    ])
  })

  test('makes views, features and validation losses by the graphs that it has in full precision', () => {
    const full = compile(single(), { target: 'cuda' }).manifest
    const hashes = ({ augment, encode, validation, probes }: typeof full) =>
      [augment, encode, validation, ...probes.map(({ train }) => train)].map((section) =>
        section?.graphs.map(({ sha256 }) => sha256),
      )
    expect(hashes(manifest)).toEqual(hashes(full))
  })

  test('is compared with backpropagation in full precision', () => {
    const sections = (given: Program) =>
      compileGradients(given).manifest.gradients.graphs.map(({ sha256 }) => sha256)
    expect(sections(mixed(single()))).toEqual(sections(single()))
  })

  test('has optimizers that compute in float32, products included', () => {
    const optimizer = sgd({ lr: 0.1 })
    const turning = {
      ...optimizer,
      update: (given: Parameters<typeof optimizer.update>[0]) => {
        const { gradient } = given
        const turned = gradient.matmul(gradient, { transposeA: true })
        return optimizer.update({ ...given, gradient: gradient.matmul(turned) })
      },
    }
    const dense = program({
      input: { channels: 1, size: 4 },
      batch: 4,
      encoder: [layer('dense', flatten(), linear(3, { bias: false }))],
      learn: local(rule<'a' | 'b'>('near', ({ out }) => out.a.sub(out.b).square().mean())),
      optimizer: turning,
      precision: 'mixed',
    })
    const { bundle, train } = trainingGraphs(dense, { target: 'cuda', stepsPerRun: 1 })
    const products = train.graphs
      .flatMap((graph) => float16Operators(bundle.graph(graph)))
      .filter((operator) => operator === 'Gemm' || operator === 'MatMul')
    // Of both views forward, and the gradient.
    expect(products).toHaveLength(2)
  })
})

describe('a product', () => {
  /** |a| · |b| in float64. */
  const product = (
    a: Float64Array,
    b: Float64Array,
    [m, n, k]: readonly [number, number, number],
  ): Float64Array =>
    Float64Array.from({ length: m * k }, (_, place) => {
      const [row, column] = [Math.floor(place / k), place % k]
      return Array.from({ length: n }, (_, i) => at(a, row * n + i) * at(b, i * k + column)).reduce(
        (x, y) => x + y,
      )
    })

  /**
   * Both factors are rounded, which moves each term by 2^-10 + 2^-22 of it at most; n terms are added up in float32, in any
   * order; and the sum is rounded.
   */
  test.each([1, 7, 64, 1000])('of %i terms is as near as its roundings allow', async (n) => {
    const [m, k] = [5, 3]
    const [x, w] = [input('views', 'x', 'float32', [m, n]), input('parameter', 'w', 'float32', [n, k])]
    const given = (node: Node) => ({ name: String(node.attributes.name), node })
    const source = { name: 'product', description: '', inputs: [x, w].map(given) }
    const half = inFloat16({ ...source, outputs: [{ name: 'y', node: matmul(x, w) }] }, new Set())
    const { bytes } = emitGraph(half)
    expect(float16Operators(bytes)).toContain('MatMul')
    const session = await createSession(emulatedGraph(bytes), { threads: 1 })
    const [a, b] = [normals(m * n, 1), normals(n * k, 2)]
    const tensor = (data: Float64Array, shape: number[]) =>
      wrap({ type: 'float32', shape, data: Float32Array.from(data) })
    const { y } = await session.run({ x: tensor(a, [m, n]), w: tensor(b, [n, k]) })
    const size: readonly [number, number, number] = [m, n, k]
    const [exact, terms] = [product(a, b, size), product(a.map(Math.abs), b.map(Math.abs), size)]
    const bound = 2 ** -10 + 2 ** -22 + (n + 2) * 2 ** -24
    const found = Float64Array.from(y?.data as Float32Array)
    const worst = Math.max(
      ...found.map(
        (value, i) => Math.abs(value - at(exact, i)) / (bound * at(terms, i) + 2 ** -11 * Math.abs(value)),
      ),
    )
    expect(worst).toBeLessThan(1)
    await session.release()
  })
})

describe('mistakes', () => {
  test('float16 beside float64 is one', () => {
    const given = { ...tinyProgram({ dtype: 'float64' }), precision: 'mixed' as const }
    expect(() => compile(given)).toThrow(
      /'mixed' is of products in float16 beside float32, and dtype is float64/,
    )
  })

  test('so is Winograd, whose sums float16 is too coarse for', () => {
    const asked = { lowering: { conv2: 'winograd4' as const } }
    expect(() => compile(mixed(single()), asked)).toThrow(
      /'conv2' cannot be computed as winograd4 in mixed precision/,
    )
  })

  test('so is another word for it', () => {
    const options = {
      input: { channels: 1, size: 4 },
      batch: 2,
      optimizer: sgd({ lr: 1 }),
      learn: local(clapp()),
    }
    const encoder = [layer('conv1', conv(2))]
    // @ts-expect-error: no such precision
    expect(() => program({ ...options, encoder, precision: 'half' })).toThrow(/precision/)
  })
})
