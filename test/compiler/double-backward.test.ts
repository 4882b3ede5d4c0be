import type { Window } from '../../src/ops/window.ts'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { gradients } from '../../src/grad/reverse.ts'
import { concat, Tensor } from '../../src/index.ts'
import { softhinge, hinge, type Contrast } from '../../rules/contrast.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { input } from '../../src/ops/leaf.ts'
import { maxPool } from '../../src/ops/pool.ts'
import { evaluate } from '../support/evaluate.ts'
import { gradientError } from '../support/gradient-check.ts'
import { relativeError } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Gradients of gradients are PyTorch's: `test/reference/double-backward.py` writes the numbers. */

const tensor = z.object({ shape: z.array(z.number()), values: z.array(z.number()) })
const references = z
  .record(
    z.string(),
    z.object({
      input: tensor,
      parameters: z.object({ weight: tensor, bias: tensor, projection: tensor }),
      first: z.object({ weight: tensor, bias: tensor }),
      second: z.object({ weight: tensor, bias: tensor, projection: tensor }),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../reference/double-backward.json', import.meta.url), 'utf8')))

interface Case {
  readonly stride: number
  /** Side, stride and padding of the max-pool. */
  readonly pool: readonly [number, number, number]
  readonly contrast: Contrast
}
const cases: Readonly<Record<string, Case>> = {
  'tiles, hinge': { stride: 1, pool: [2, 2, 0], contrast: hinge() },
  'overlapping windows, softhinge': {
    stride: 2,
    pool: [3, 1, 1],
    contrast: softhinge(),
  },
}

const square = (node: Node): Tensor => new Tensor(node).square().sum()

/** The CLAPP loss of one layer on four rows, as the script has it, and the squared length of its gradient. */
function build(name: string) {
  const found = cases[name]
  const reference = references[name]
  if (!found || !reference) throw new Error(`no case ${name}`)
  const feeds = new Map<Node, readonly number[]>()
  const given = ({ shape, values }: z.infer<typeof tensor>, what: string): Node => {
    const node = input('parameter', what, 'float64', shape)
    feeds.set(node, values)
    return node
  }
  const x = given(reference.input, 'x')
  const weight = given(reference.parameters.weight, 'weight')
  const bias = given(reference.parameters.bias, 'bias')
  const projection = given(reference.parameters.projection, 'projection')
  const window = (side: number, stride: number, padding: number): Window => ({
    kernel: [side, side],
    stride: [stride, stride],
    padding: [padding, padding],
    dilation: [1, 1],
  })
  const maps = new Tensor(conv2d(x, weight, bias, { ...window(3, found.stride, 1), groups: 1 })).relu()
  const rows = new Tensor(maxPool(maps.node, window(...found.pool))).averagePool(2).flatten(1)
  const rolled = (by: number) => concat([rows.slice(0, 4 - by, 4), rows.slice(0, 0, 4 - by)])
  const prediction = rolled(2).matmul(new Tensor(projection), { transposeB: true })
  const score = (z: Tensor) => z.mul(prediction).sum(1)
  const loss = found.contrast(score(rows), score(rolled(1)).reshape(1, 4)).node
  const first = gradients(loss, [weight, bias])
  const length = first.map(square).reduce((sum, part) => sum.add(part)).node
  return { reference, feeds, first, length, parameters: [weight, bias, projection] }
}

describe.each(Object.keys(cases))('%s', (name) => {
  test("first and second gradients are PyTorch's", async () => {
    const { reference, feeds, first, length, parameters } = build(name)
    const found = await evaluate([...first, ...gradients(length, parameters)], feeds)
    const wanted = [...Object.values(reference.first), ...Object.values(reference.second)]
    for (const [i, { values }] of wanted.entries())
      expect(relativeError(found[i] ?? [], values)).toBeLessThan(1e-12)
  })

  test('second gradients are what finite differences of the first give', async () => {
    const { feeds, length, parameters } = build(name)
    expect(await gradientError(length, parameters, feeds)).toBeLessThan(1e-6)
  })
})
