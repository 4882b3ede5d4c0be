import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  arange,
  concat,
  constant as given,
  crossEntropy,
  gradient,
  Tensor,
  UserError,
  where,
} from '../../src/index.ts'
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

const scope = {
  arange,
  constant: given,
  concat,
  crossEntropy,
  gradient,
  where,
  ...Object.fromEntries(tensors),
}
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
    ['a sine and a cosine', x.sin().mul(x.mul(2).cos())],
    ['a softmax', x.softmax(1).square()],
    ['its logarithm', x.logSoftmax(-1).mul(x)],
    ['norms', x.norm(0, 2)],
    ['a norm that keeps its axis', x.div(x.norm(1, { keepDims: true }))],
    ['a cosine', x.cosineSimilarity(x.square())],
    [
      'elements by place',
      x
        .gather(
          2,
          given(
            [
              [[0], [3], [3]],
              [[1], [2], [0]],
            ],
            'int64',
          ),
        )
        .square(),
    ],
    ['the largest', x.topK(2).mul(x.topK(2, 1).slice(1, 0, 1).sum())],
    [
      'maps read between pixels, by the maps and the points',
      x.reshape(2, 1, 3, 4).gridSample(x.reshape(2, 3, 2, 2).mul(0.4)),
    ],
    [
      'a convolution, by its input and its kernels',
      x.reshape(1, 2, 3, 4).conv2d(x.reshape(3, 2, 2, 2), {
        stride: [1, 2],
        padding: [1, 0],
        bias: x.slice(0, 0, 1).slice(2, 0, 1).reshape(3),
      }),
    ],
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

describe('constants of numbers', () => {
  test('hold lists of lists, of any type', () => {
    expect(given([[1, 2, 3]]).shape).toEqual([1, 3])
    expect(given(0.5, 'float64').shape).toEqual([])
    expect(given([true, false], 'bool').dtype).toBe('bool')
    expect(given([-Infinity, 0]).shape).toEqual([2])
  })
  test.each<[string, () => Tensor, RegExp]>([
    ['lists of unequal length', () => given([[1, 2], [3]]), /a list of 2 is beside one of 1/],
    ['a number beside a list', () => given([[1], 2]), /a list of 1 is beside 2/],
    ['an empty list', () => given([]), /a list is empty/],
    ['words', () => given(['1' as unknown as number]), /there is '1'[^]*numbers that float32 can hold/],
    ['a half as int64', () => given([0.5], 'int64'), /there is 0\.5/],
    ['no type', () => given(1, 'double' as 'float64'), /dtype is 'double'/],
    ['a range without numbers', () => arange(3, 3), /from 3 to 3 by 1 there is no number/],
    ['a range of halves as int64', () => arange(0, 1, { step: 0.5 }), /there is 0\.5/],
    ['a step of 0', () => arange(0, 1, { step: 0 }), /step is 0/],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(UserError)
    expect(make).toThrow(message)
  })
})

describe('what does not fit is refused', () => {
  const [x, places] = [new Tensor(leaf('float64', [2, 3])), new Tensor(leaf('int64', [2]))]
  test.each<[string, () => Tensor, RegExp]>([
    ['places of another shape', () => x.gather(1, places), /cannot gather along axis 1 by int64\[2\]/],
    ['places that are no int64', () => x.gather(1, x), /by float64\[2, 3\]/],
    ['more than there are', () => x.topK(4), /takes 4 of the 3 elements of axis 1/],
    ['classes of real numbers', () => x.oneHot(3), /has no classes/],
    ['a cosine with a vector', () => x.cosineSimilarity(x.sum(0)), /along an axis with one of 1 axes/],
    ['kernels without a height', () => x.conv2d(x), /cannot conv2d by \[2, 3\]/],
    ['points of another number', () => x.gridSample(x), /cannot be read at the points of float64\[2, 3\]/],
    ['a softmax over no axis', () => x.softmax(2), /has no axis 2/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(UserError)
    expect(make).toThrow(message)
  })
})

test('on a pixel, points learn as in PyTorch: towards the next one', async () => {
  const [maps, grid] = [leaf('float64', [1, 1, 2, 4]), leaf('float64', [1, 1, 3, 2])]
  const read = new Tensor(maps).gridSample(new Tensor(grid))
  const nodes = [read, gradient(read.sum(), new Tensor(grid))].map(({ node }) => node)
  const feeds = new Map<Node, number[]>([
    [maps, [1, 4, 9, 2, 3, 7, 5, 8]],
    // Of a grid that changes nothing, pixels (0, 0), (1, 1) and (3, 1), behind which zeros lie.
    [grid, [-0.75, -0.5, -0.25, 0.5, 0.75, 0.5]],
  ])
  const [values = [], slopes = []] = await (await compileNodes(nodes, [maps, grid]))(feeds)
  const close = (found: ArrayLike<number>, wanted: readonly number[]) => {
    wanted.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 12)
    })
  }
  close(values, [1, 7, 8])
  // torch 2: F.grid_sample(maps, grid, align_corners=False).sum().backward()
  close(slopes, [6, 2, -4, -7, -16, -8])
})

test('a softmax of large numbers keeps their digits', async () => {
  const x = leaf('float32', [1, 3])
  const of = new Tensor(x)
  const run = await compileNodes([of.softmax(1).node, of.logSoftmax(1).node], [x])
  const [values = [], logs = []] = await run(new Map([[x, [10000, 10000, 9000]]]))
  expect([...values]).toEqual([0.5, 0.5, 0])
  expect(logs[0]).toBeCloseTo(-Math.LN2, 6)
})

test('the norm of zeros is 0, and so is its gradient', async () => {
  const node = leaf('float64', [2, 2])
  const x = new Tensor(node)
  const length = x.norm(1)
  const run = await compileNodes([length.node, gradient(length.sum(), x).node], [node])
  const [value, slope] = await run(new Map([[node, [0, 0, 0, 5]]]))
  expect([Array.from(value ?? []), Array.from(slope ?? [])]).toEqual([
    [0, 5],
    [0, 0, 0, 1],
  ])
})
