import { describe, expect, test } from 'vitest'
import { requireReadable } from '../../src/bundle/check-graph.ts'
import { Allowance } from '../../src/bundle/verify/allowance.ts'
import { ofBundle, ofGraph } from '../../src/bundle/verify/limits.ts'
import { verifyGraph } from '../../src/bundle/verify/verify-graph.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import { int, list, node, number, tinyGraph } from '../runtime/tiny-graph.ts'
import { forgeModel, refusalOf } from './forged-bundle.ts'
import {
  add,
  constantsOf,
  filled,
  loop,
  nodesOf,
  tensorAttribute,
  type Change,
  type Part,
} from './forged-graph.ts'

/** Graphs that cost whoever reads, loads or runs them more than one sees. */

/** As `add`, in the order of the graph. */
const first = (...parts: readonly Part[]): Change => add(...parts.toReversed())

const ones = (name: string, count: number) => list(name, new Array<number>(count).fill(1))
const axis = [int('axis', 0)]

/** Each made of the one before it, taken twice. */
const doubled = (operator: string, times: number) =>
  Array.from({ length: times }, (_, i) => node(operator, [`x${i}`, `x${i}`], `x${i + 1}`, axis))

const wholes = (name: string, ...values: bigint[]) => ({
  constant: { name, dataType: 7, dims: [1], rawData: new Uint8Array(BigInt64Array.from(values).buffer) },
})

describe('a bundle is refused at once whose graph has', () => {
  test.each<readonly [string, Change, string]>([
    ['a list that doubles, again and again', first(ones('x0', 128), ...doubled('Concat', 60)), 'cannot be'],
    [
      'axes that double, again and again',
      first(
        { constant: { name: 'x0', dataType: 7, dims: [1, 1], rawData: new Uint8Array(8) } },
        ...doubled('Gather', 30),
      ),
      'has more than 32 axes',
    ],
    [
      'a shape of ten thousand lists',
      first(
        ones('x0', 128),
        node('Concat', new Array<string>(9999).fill('x0'), 'x1', axis),
        node('Reshape', ['views', 'x1'], 'x2'),
      ),
      'known only as it is run',
    ],
    [
      'sizes that no number tells exactly',
      first(list('x0', [2 ** 40]), node('Mul', ['x0', 'x0'], 'x1'), node('Reshape', ['views', 'x1'], 'x2')),
      'known only as it is run',
    ],
    [
      'a quotient of whole numbers, of which one ends the process',
      first(wholes('x0', -(2n ** 63n)), wholes('x1', -1n), node('Div', ['x0', 'x1'], 'x2')),
      "'Div' that gives 'x2' does not take int64",
    ],
    [
      'bytes where the compiler writes real numbers',
      first(node('Cast', ['views'], 'x0', [int('to', 2)]), node('Neg', ['x0'], 'x1')),
      "'Neg' that gives 'x1' does not take uint8",
    ],
    [
      'operands of two types',
      first(node('Cast', ['views'], 'x0', [int('to', 11)]), node('MatMul', ['views', 'x0'], 'x1')),
      "'MatMul' that gives 'x1' mixes float32 and float64",
    ],
    [
      'a refusal of a million characters',
      first(ones('x0', 1), node('Concat', [...new Array<string>(9999).fill('x0'), 'views'], 'x1', axis)),
      'mixes int64 and float32',
    ],
    [
      'more constants than any of ours',
      (graph) => {
        for (let i = 0; i <= ofGraph.constants; i++) constantsOf(graph).push({ ...filled, name: `x${i}` })
      },
      `it has more than ${ofGraph.constants} constants`,
    ],
    [
      'more nodes than any of ours',
      (graph) => {
        for (let i = 0; i <= ofGraph.nodes; i++) nodesOf(graph).push(node('Exp', ['views'], `x${i}`))
      },
      `it has more than ${ofGraph.nodes} nodes`,
    ],
  ])('%s', async (_, change, told) => {
    const { name, message } = await refusalOf(forgeModel(temporaryFolder(), change))
    expect(name).toBe('BundleError')
    expect(message).toContain(told)
    expect(message.length).toBeLessThan(1000)
  })
})

const tensor = (name: string, shape: number[]) => ({ name, type: 'float32', shape }) as const
const views = { ...tensor('views', [4, 1, 2, 2]), role: 'activity' } as const

const graphOf = (outputs: readonly string[], shape: number[], parts: readonly Part[]): Uint8Array => {
  const given = outputs.map((name) => ({ ...tensor(name, shape), role: 'activity' }) as const)
  return tinyGraph('tiny', [views], given, parts).bytes
}

describe('many graphs, each of which would do,', () => {
  const few = Array.from({ length: ofBundle.constants / 3 + 1 }, (_, i) => number(`x${i}`, 1))
  const bytes = graphOf([], [], few)

  test('are refused together', () => {
    const bundle = Allowance.ofBundle()
    const read = () => verifyGraph(bytes, { steps: 1, batch: 1 }, Allowance.ofGraph(bundle))
    expect([read(), read()]).toHaveLength(2)
    expect(read).toThrow(`with the graphs before it, it has more than ${ofBundle.constants} constants`)
  })

  test('are not written, either', () => {
    const files = new Map(['a.onnx', 'b.onnx', 'c.onnx'].map((file) => [file, bytes]))
    expect(() => {
      requireReadable(files, 'mine')
    }).toThrow(/^mine is larger than a bundle may be: c\.onnx: .* constants/)
  })
})

/** How many MB a run of a graph takes at once, whose outputs have these names. */
const megabytes = (outputs: readonly string[], shape: number[], ...parts: readonly Part[]): number => {
  const bytes = graphOf(outputs, shape, parts)
  return Math.floor(verifyGraph(bytes, { steps: 1, batch: 4 }).peakBytes / 1e6)
}

const ten = Array.from({ length: 10 }, (_, i) => i)
const megabytesOf10 = list('sizes', [2.5e6])
const large = (name: string, sizes = 'sizes') =>
  node('ConstantOfShape', [sizes], name, tensorAttribute(filled))
const sum = (of: string, name: string) => node('ReduceSum', [of, 'all'], name, [int('keepdims', 0)])
const all = list('all', [])

describe('what a run takes counts', () => {
  test('each result, also where it is a copy of another', () => {
    const copies = ten.map((i) => node('Identity', ['wide'], `copy${i}`))
    const wide = [all, sum('views', 'one'), node('Expand', ['one', 'sizes'], 'wide')]
    const found = megabytes(
      ten.map((i) => `copy${i}`),
      [2.5e6],
      megabytesOf10,
      ...wide,
      ...copies,
    )
    expect(found).toBe(110)
  })

  test('what onnxruntime computes as it loads a graph, from sizes of what it is given', () => {
    const parts = ten.flatMap((i) => [
      node('Shape', ['views'], `count${i}`, [int('start', 0), int('end', 1)]),
      node('Mul', [`count${i}`, 'many'], `size${i}`),
      large(`wide${i}`, `size${i}`),
      sum(`wide${i}`, `sum${i}`),
    ])
    const found = megabytes(
      ten.map((i) => `sum${i}`),
      [],
      list('many', [625_000]),
      all,
      ...parts,
    )
    expect(found).toBe(100)
  })

  test('every copy of a constant', () => {
    const copies = ten.map((i) => node('Identity', [i === 0 ? 'copy' : `copy${i - 1}`], `copy${i}`))
    const found = megabytes(['sum'], [], megabytesOf10, all, large('copy'), ...copies, sum('copy9', 'sum'))
    expect(found).toBe(110)
  })

  test('constants in the bodies of loops, which stay when a loop has ended', () => {
    const loops = ten.map((i) => loop({ node: [large(`wide${i}`)] }, 'views', [1, 2, 2], i))
    const found = megabytes(
      ten.map((i) => `looped${i}`),
      [4, 1, 2, 2],
      megabytesOf10,
      ...loops,
    )
    expect(found).toBe(100)
  })
})
