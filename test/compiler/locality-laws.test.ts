import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, conv, layer, local, relu, rule, type Rule, type Tensor } from '../../src/index.ts'
import { readUpdates } from '../../src/cut/locality.ts'
import { ruleCases } from '../support/rule-cases.ts'
import { entanglement } from '../support/separate.ts'
import { tinyProgram } from '../support/programs.ts'
import { traceProgram } from '../support/trace-program.ts'

/**
 * What the table says of samples is true of the numbers: unless an update reads other samples or statistics over the
 * batch, the update of a batch is the mean of the updates of its samples.
 */
const readsBatch = (program: ReturnType<typeof tinyProgram>): boolean =>
  readUpdates(traceProgram(program).traced, program.batch).some(({ reads }) =>
    reads.some(({ kind }) => kind === 'samples' || kind === 'statistics'),
  )

/** One step of a rule on activity [rows, 4]; the result has the same shape. */
type Step = (z: Tensor, context: { readonly images: number; readonly matrix: Tensor }) => Tensor

const column = (values: Tensor): Tensor => values.reshape(values.size(0), 1)
const swapped = (z: Tensor, images: number): Tensor =>
  concat([z.slice(0, images, 2 * images), z.slice(0, 0, images)])

const apart: readonly Step[] = [
  (z) => z.tanh(),
  (z) => z.square().add(0.1),
  (z, { matrix }) => z.matmul(matrix),
  (z, { images }) => z.mul(swapped(z, images)),
  (z) => z.div(column(z.square().sum(1).add(1).sqrt())),
  (z) => z.sub(column(z.logSumExp(1))),
  (z) => z.reshape(z.size(0), 2, 2).permute(0, 2, 1).reshape(z.size(0), 4),
  (z, { images }) =>
    z.add(
      z
        .reshape(2, images, 4)
        .mean(0)
        .reshape(1, images, 4)
        .broadcast(2, images, 4)
        .reshape(2 * images, 4),
    ),
  (z) => z.mul(z.stopGradient()),
  (z) =>
    z
      .reshape(z.size(0) * 2, 2)
      .sigmoid()
      .reshape(z.size(0), 4),
]
const together: readonly Step[] = [
  (z) => z.sub(z.mean(0)),
  (z) => z.mul(z.square().mean(0).add(0.1)),
  (z) => z.matmul(z, { transposeB: true }).tanh().matmul(z),
  (z) => z.add(concat([z.slice(0, 1, z.size(0)), z.slice(0, 0, 1)]).square()),
  (z) => z.sub(z.amax(0)).tanh(),
  (z) => z.matmul(z.matmul(z, { transposeA: true })),
  (z) => z.mul(z.permute(1, 0).reshape(z.size(0), 4)),
  (z) => z.mul(z.square().mean()),
]
const ends: readonly ((z: Tensor) => Tensor)[] = [
  (z) => z.square().mean(),
  (z) => z.tanh().mean(),
  (z) => z.logSumExp(1).mean(),
]
const entangledEnds: readonly ((z: Tensor) => Tensor)[] = [
  (z) => z.mean(0).square().sum(),
  (z) => z.square().mean().tanh(),
  (z) => z.logSumExp(0).sum(),
]

const of = (steps: readonly Step[], end: (z: Tensor) => Tensor): Rule<'a' | 'b'> =>
  rule('made-up', ({ out, images, parameter }) => {
    const matrix = parameter('matrix', [4, 4])
    return end(steps.reduce((z, step) => step(z, { images, matrix }), out.rows.mean(2, 3)))
  })
const programOf = (made: Rule<'a' | 'b'>) =>
  tinyProgram({ encoder: [layer('conv1', conv(4), relu())], learn: local(made) })

test('of made-up rules: where the table names neither, no sample reads another', async () => {
  const steps = fc.array(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...apart) }, fc.constantFrom(...together)),
    {
      maxLength: 4,
    },
  )
  const end = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ends) }, fc.constantFrom(...entangledEnds))
  let separate = 0
  await fc.assert(
    fc.asyncProperty(steps, end, async (chosen, last) => {
      const program = programOf(of(chosen, last))
      if (readsBatch(program)) return
      separate += 1
      expect(await entanglement(program)).toBeLessThan(1e-10)
    }),
    { numRuns: 40, seed: 7 },
  )
  expect(separate).toBeGreaterThan(10)
})

describe('a rule that mixes samples is told, and its numbers show it:', () => {
  const [square] = ends
  if (!square) throw new Error('no end')
  test.each([
    ...together.map((step) => [String(step).replace(/\s+/g, ' '), of([step], square)] as const),
    ...entangledEnds.map((end) => [String(end), of([(z) => z.tanh()], end)] as const),
  ])('%s', async (_, made) => {
    const program = programOf(made)
    expect(readsBatch(program)).toBe(true)
    expect(await entanglement(program)).toBeGreaterThan(1e-7)
  })
})

test.each(
  ruleCases.filter(({ credits }) => credits.includes('local')).map((each) => [each.name, each] as const),
)('of %s', async (_, each) => {
  const program = tinyProgram({ learn: local(each.rule), encoder: each.encoder(), views: each.views })
  const apart = await entanglement(program)
  if (readsBatch(program)) expect(apart).toBeGreaterThan(1e-7)
  else expect(apart).toBeLessThan(1e-10)
})
