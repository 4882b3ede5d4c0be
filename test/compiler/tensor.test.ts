import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { concat, crossEntropy, gradient, Tensor, where } from '../../src/index.ts'
import { constant } from '../../src/ops/leaf.ts'
import { compileNodes, leaf } from '../support/evaluate.ts'
import { gradientError } from '../support/gradient-check.ts'
import { normals } from '../support/samples.ts'
import { elements, type Shape } from '../../src/base/type.ts'
import type { DType } from '../../src/base/dtype.ts'
import type { Node } from '../../src/ir/node.ts'

/** docs/tensor.md is true: every method of a tensor is in its tables, and what a row says it gives, it gives. */

type Nested = number | boolean | readonly Nested[]
const flat = (value: Nested): number[] => (typeof value === 'object' ? value.flatMap(flat) : [Number(value)])
const shapeOf = (value: Nested | undefined): Shape =>
  typeof value === 'object' ? [value.length, ...shapeOf(value[0])] : []

const text = readFileSync(new URL('../../docs/tensor.md', import.meta.url), 'utf8')
const feeds = new Map<Node, number[]>()
const tensors = new Map(
  [...text.matchAll(/^(\w+) = (float64|int64) (\[.*\])$/gm)].map(([, name = '', dtype, written = '']) => {
    const values = JSON.parse(written) as Nested
    const node = leaf(dtype as DType, shapeOf(values))
    feeds.set(node, flat(values))
    return [name, new Tensor(node)] as const
  }),
)

/** Hebb and what it gives, row by row. */
const rows = text.split('\n').flatMap((line) => {
  const [, , , code, gives] = line.split(/\s*\|\s*/).map((cell) => /^`([^`]+)`$/.exec(cell)?.[1])
  return code === undefined || gives === undefined ? [] : [[code, gives] as const]
})

const scope = { concat, crossEntropy, gradient, where, ...Object.fromEntries(tensors) }
const run = (code: string): unknown => {
  const body: unknown = runInThisContext(`(${Object.keys(scope).join(', ')}) => ${code}`)
  if (typeof body !== 'function') throw new Error(`${code} is no expression`)
  return Reflect.apply(body, undefined, Object.values(scope))
}

/** What programs may call: neither what makes a tensor nor what its methods are made with. */
function methods(): string[] {
  const names: string[] = []
  for (let level: object = Tensor.prototype; level !== Object.prototype;) {
    names.push(...Object.getOwnPropertyNames(level))
    level = Object.getPrototypeOf(level) as object
  }
  return [...new Set(names)].filter((name) => !['constructor', 'made'].includes(name))
}

describe('docs/tensor.md', () => {
  test('has every method of a tensor, and none that there is not', () => {
    const named = rows.flatMap(([code]) =>
      [...code.matchAll(/\.([a-zA-Z]\w*)/g)].map(([, name = '']) => name),
    )
    expect([...new Set(named)].filter((name) => name !== 'length').sort()).toEqual(methods().sort())
  })

  test.each(rows)('%s gives %s', async (code, gives) => {
    const wanted = JSON.parse(gives) as Nested
    const result = run(code)
    if (!(result instanceof Tensor)) {
      expect(result).toEqual(wanted)
      return
    }
    expect(result.shape).toEqual(shapeOf(wanted))
    const [values = []] = await (await compileNodes([result.node], [...feeds.keys()]))(feeds)
    // Rounded to four digits there.
    flat(wanted).forEach((value, i) => {
      expect(Math.abs((values[i] ?? NaN) - value)).toBeLessThan(6e-5)
    })
  })
})

describe('gradients are right to 1e-6', () => {
  const maps = leaf('float64', [2, 3, 4])
  const x = new Tensor(maps)
  const index = new Tensor(leaf('int64', [2]))
  /** Another weight for every element, so that none stands for another. */
  const weighted = ({ shape, node }: Tensor): Node => {
    const weights = constant('float64', shape, normals(elements(shape), 8))
    return new Tensor(node).mul(new Tensor(weights)).sum().node
  }
  test.each<[string, Tensor]>([
    ['a sum that keeps its axis', x.div(x.square().sum(1, { keepDims: true }))],
    ['a mean of two axes that are kept', x.sub(x.mean(0, -1, { keepDims: true })).square()],
    ['a largest that is kept', x.div(x.amax(2, { keepDims: true }).square().add(1))],
    ['a log of sums that keeps all axes', x.sub(x.logSumExp({ keepDims: true })).exp()],
    ['inner axes folded', x.flatten(1).square()],
    ['outer axes folded', x.flatten(0, 1).square()],
    ['two axes exchanged', x.transpose(0, -1).square()],
    ['axes in another order', x.permute(2, 0, 1).square()],
    ['rows summed by index', x.square().segmentSum(index, 3)],
    ['a choice of two', where(x.greater(0.3), x.square(), x.exp())],
    ['a choice of a number', where(x.greater(0.3), 2, x.exp())],
    ['a choice or a number', where(x.greater(0.3), x.exp(), 2)],
  ])('%s', async (_, result) => {
    const values = new Map<Node, ArrayLike<number>>([
      [maps, normals(24, 7)],
      [index.node, [2, 0]],
    ])
    expect(await gradientError(weighted(result), [maps], values)).toBeLessThan(1e-6)
  })
})
