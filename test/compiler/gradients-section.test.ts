import { describe, expect, test } from 'vitest'
import { compileGradients } from '../../src/compile-gradients.ts'
import { blocks, global, local, rule, type Credit, type Program } from '../../src/index.ts'
import {
  clapp,
  clappBoth,
  clappDirectFeedback,
  clappPlusPlus,
  feedbackAlignment,
  infoNCE,
  oja,
} from '../../rules/index.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { GradientEvaluator, type ParameterGradients } from '../../runtime/align/gradients.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { elements, type HostTensor } from '../../runtime/values/tensor.ts'
import { evaluate } from '../support/evaluate.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { normals, relativeError } from '../support/samples.ts'
import { traceProgram } from '../support/trace-program.ts'

/** One graph that gives a program's gradients and those of backpropagation, on the same inputs. */

const SEED = 11

const viewsOf = ({ views, batch, input }: Program): HostTensor => {
  const shape = [views.length * batch, input.channels, input.height, input.width]
  return { type: 'float64', shape, data: normals(elements(shape), 5) }
}

async function gradientsOf(program: Program): Promise<Map<string, ParameterGradients>> {
  const compiled = compileGradients(program)
  const { gradients } = compiled.manifest
  const evaluator = await GradientEvaluator.create(compiled, initialValues(gradients, SEED), { threads: 1 })
  const draws = Object.fromEntries(gradients.draws.map((draw) => [draw.name, drawTensor(draw, 7, 1)]))
  const found = await evaluator.at({ views: viewsOf(program), ...draws })
  await evaluator.release()
  return found
}

/** The gradients of the training graph, by name. */
async function traced(program: Program): Promise<Map<string, readonly number[]>> {
  const { traced, feeds } = traceProgram(program)
  const taught = traced.blockUpdates.flatMap((blockUpdate) => blockUpdate.taught)
  const found = await evaluate(
    taught.map(({ gradient }) => gradient),
    feeds,
  )
  return new Map(taught.map(({ parameter }, i) => [parameter.name, [...(found[i] ?? [])]]))
}

const numbers = ({ data }: HostTensor): number[] => Array.from(data, Number)

const credits: readonly (readonly [string, Credit<'a' | 'b'>, Credit<'a' | 'b'>])[] = [
  ['CLAPP++', local(clappPlusPlus(tinyPools)), global(clappPlusPlus(tinyPools))],
  ['CLAPP++DFB', local(clappDirectFeedback(tinyPools)), global(clappDirectFeedback(tinyPools))],
  ['CLAPP++both', local(clappBoth(tinyPools)), global(clappBoth(tinyPools))],
  ['InfoNCE in blocks', blocks([1, 2], infoNCE({ dimension: 4 })), global(infoNCE({ dimension: 4 }))],
  ['backpropagation', global(clapp()), global(clapp())],
]

describe.each(credits)('%s', (_, learn, backpropagated) => {
  test('gives what the program and the program under global credit are trained by', async () => {
    const found = await gradientsOf(tinyProgram({ learn }))
    expect([...found.keys()]).toEqual(
      ['conv1', 'conv2', 'conv3'].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
    )
    const wanted = {
      local: await traced(tinyProgram({ learn })),
      global: await traced(tinyProgram({ learn: backpropagated })),
    }
    for (const [name, { local, global }] of found) {
      expect(relativeError(numbers(local), wanted.local.get(name) ?? []), name).toBeLessThan(1e-12)
      expect(relativeError(numbers(global), wanted.global.get(name) ?? []), name).toBeLessThan(1e-12)
    }
  })
})

test('a rule of explicit updates is compared with the gradient of its loss, not with itself', async () => {
  const loss = rule<'a' | 'b'>('distance', ({ out }) => out.a.sub(out.b).square().mean())
  const aligned = tinyProgram({ learn: global(feedbackAlignment(loss)) })
  const [own, backpropagated] = [await traced(aligned), await traced(tinyProgram({ learn: global(loss) }))]
  for (const [name, { local, global }] of await gradientsOf(aligned)) {
    expect(relativeError(numbers(local), own.get(name) ?? []), name).toBeLessThan(1e-12)
    expect(relativeError(numbers(global), backpropagated.get(name) ?? []), name).toBeLessThan(1e-12)
  }
  expect(
    relativeError(own.get('conv1.weight') ?? [], backpropagated.get('conv1.weight') ?? []),
  ).toBeGreaterThan(0.1)
})

test('memories of a rule go on from step to step', async () => {
  const learn = local<'a' | 'b'>(
    rule('slow', ({ out, previous }) => {
      const mean = out.rows.mean(2, 3)
      return mean.sub(previous('mean', mean)).square().mean()
    }),
  )
  const program = tinyProgram({ learn })
  const compiled = compileGradients(program)
  const start = initialValues(compiled.manifest.gradients, SEED)
  const evaluator = await GradientEvaluator.create(compiled, start, { threads: 1 })
  const given = { views: viewsOf(program) }
  const [first, second] = [await evaluator.at(given), await evaluator.at(given)]
  const largest = (found: typeof first) =>
    Math.max(
      ...numbers(found.get('conv1.weight')?.local ?? { type: 'float64', shape: [], data: normals(0, 0) }).map(
        Math.abs,
      ),
    )
  expect(largest(first)).toBeGreaterThan(0)
  expect(largest(second)).toBe(0)
  evaluator.assign(start)
  expect(await evaluator.at(given)).toEqual(first)
  await evaluator.release()
})

describe('a rule without a backpropagated form', () => {
  test('that has no loss is told so', () => {
    const learn = local<'a' | 'b'>(
      rule('hebb', ({ preactivation, correlate }) => ({
        updates: { weight: correlate(preactivation.rows) },
      })),
    )
    expect(() => compileGradients(tinyProgram({ learn }))).toThrow(
      /'hebb' cannot be compared with backpropagation: 'hebb' has no loss/,
    )
    expect(() => compileGradients(tinyProgram({ learn: local(oja()) }))).toThrow(
      /under global credit the loss of 'oja' at the top does not reach 'conv1\.weight'/,
    )
  })

  test('that stops the gradient below its own layer is told so', () => {
    const learn = local<'a' | 'b'>(
      rule('above', ({ out, parameter, layer }) => {
        const readout = parameter('readout', [1, out.rows.size(1)])
        const taught = layer === 'conv3' ? out.rows.stopGradient() : out.rows
        return taught.mean(2, 3).matmul(readout, { transposeB: true }).mean()
      }),
    )
    expect(() => compileGradients(tinyProgram({ learn }))).toThrow(
      /^'above' cannot be compared with backpropagation: under global credit the loss of 'above' at the top does not reach 'conv1\.weight'\n {2}at test\/compiler\/gradients-section\.test\.ts:\d+:\d+\n {2}Is there a \.stopGradient\(\)/,
    )
  })

  test('that refuses global credit says what was being done', () => {
    const learn = local<'a' | 'b'>(
      rule('small', ({ out, input }) => {
        const change = input.rows.mean().add(out.rows.mean())
        return input.rows.shape[1] === 2 && out.rows.shape[1] !== 3 ? change.add(out.rows) : change
      }),
    )
    expect(() => compileGradients(tinyProgram({ learn }))).toThrow(
      /is float64\[.*not one number[^]*while its loss at the top was backpropagated, to compare with/,
    )
  })
})

test('what would not compile has no gradients to compare', () => {
  const nothing = rule<'a' | 'b'>('nothing', ({ out }) => out.a.mul(0).mean())
  expect(() => compileGradients(tinyProgram({ learn: local(nothing) }))).toThrow(/always zero/)
})
