import { sizeOf, twoAxes } from '../../base/shapes.ts'
import { elements, type Shape } from '../../base/type.ts'
import { like } from '../../ir/context.ts'
import { handedName, updateGraph as updateName } from '../../ir/value-names.ts'
import { topological } from '../../ir/walk.ts'
import { remake } from '../../ops/define.ts'
import { input, isConstant, isInput } from '../../ops/leaf.ts'
import type { InputRole } from '../../bundle/roles.ts'
import { matmul, type MatMulAttributes, matMulOp } from '../../ops/matmul.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { operandsOf } from '../../ops/is.ts'
import { blockSize } from './block-size.ts'
import { isScalar, regionsOf, type Region } from './regions.ts'
import { unshaped } from '../rewrite/unshaped.ts'
import { freeName } from '../../base/free-name.ts'
import { at, found } from '../../base/lists.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Updates of large parameters as graphs of their own, which are run once per block of rows. A step then needs memory
 * for a block of new values rather than for all, and what the runtime copies of them is still in cache. A gradient
 * that is a product of thin matrices is never written down: its factors are handed over, and each run multiplies
 * the rows that it needs.
 */
export interface UpdateGraph {
  readonly source: GraphSource
  /** Runs in a step. */
  readonly blocks: number
  /** Inputs that are given block by block; outputs all are. */
  readonly sliced: ReadonlySet<string>
}

export interface Separated {
  /** Without the updates that were taken out, with what they read. */
  readonly source: GraphSource
  readonly updates: readonly UpdateGraph[]
}

/** Elements of a block: few enough that what a run reads and makes stays in cache. */
const WANTED = 2 ** 18

/**
 * @param updates names of outputs that are new values, with what they replace
 * @param kept what may not change before the step is over: later graphs read the value of the step before
 * @param logs names of outputs that are only shown: a new value that they alone read is computed for them again
 */
export function separateUpdates(
  source: GraphSource,
  updates: ReadonlyMap<string, string>,
  kept: ReadonlySet<string>,
  logs: ReadonlySet<string> = new Set(),
): Separated {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const candidates = source.outputs.filter(({ name }) => updates.has(name))
  const regions = regionsOf(
    candidates.map(({ node }) => node),
    bound,
  ).flatMap((region) => {
    const outputs = candidates.filter(({ node }) => region.results.includes(node))
    const changed = outputs.map(({ name }) => found(updates, name, name))
    const plan = rowsOf(region, bound)
    return plan && !changed.some((name) => kept.has(name)) ? [{ region, outputs, changed, plan }] : []
  })
  const taken = new Set(regions.flatMap(({ region }) => region.results))
  const remaining = source.outputs.filter(({ name, node }) => !(updates.has(name) && taken.has(node)))
  const needed = new Set(topological(remaining.flatMap(({ name, node }) => (logs.has(name) ? [] : [node]))))
  // A new value that the rest of the graph reads is computed there anyway.
  const separate = regions.filter(({ region }) => !region.results.some((node) => needed.has(node)))
  const gone = new Set(separate.flatMap(({ outputs }) => outputs.map(({ name }) => name)))
  const handed = new Handed(source)
  const graphs = separate.map((each) => updateGraph(each, handed))
  return {
    source: {
      ...source,
      outputs: [...source.outputs.filter(({ name }) => !gone.has(name)), ...handed.bindings],
    },
    updates: graphs,
  }
}

/** How a parameter is cut: into blocks of whole rows where its gradient is a product, else of any length. */
interface Rows {
  readonly blocks: number
  readonly shape: Shape
  readonly products: ReadonlySet<Node>
}

function rowsOf({ results: [first], inner }: Region, bound: ReadonlySet<Node>): Rows | undefined {
  if (!first) return undefined
  const count = elements(first.shape)
  const products = new Set(
    [...inner].flatMap(({ inputs }) => inputs.filter((node) => !bound.has(node) && isThin(node))),
  )
  if (products.size === 0) {
    const size = blockSize(count, WANTED)
    return size === undefined ? undefined : { blocks: count / size, shape: [size], products }
  }
  const [rows, columns] = twoAxes(first.shape)
  const size = wholeRows(rows, columns)
  return size === undefined ? undefined : { blocks: count / size, shape: [size / columns, columns], products }
}

/** Elements of the rows, a divisor of all, that come nearest to a block. */
function wholeRows(rows: number, columns: number): number | undefined {
  if (blockSize(rows * columns, WANTED) === undefined) return undefined
  const distance = (count: number) => Math.abs(Math.log2((count * columns) / WANTED))
  const divisors = Array.from({ length: rows }, (_, i) => i + 1).filter((count) => rows % count === 0)
  return divisors.reduce((best, count) => (distance(count) < distance(best) ? count : best)) * columns
}

/** A product whose factors have less than half its elements. */
function isThin(node: Node): node is Node<MatMulAttributes> {
  const [a, b] = operandsOf(node, matMulOp)
  if (a?.shape.length !== 2 || b?.shape.length !== 2) return false
  return 2 * (elements(a.shape) + elements(b.shape)) <= elements(node.shape)
}

/** Values that a graph hands to the updates taken out of it, each once. */
class Handed {
  readonly bindings: Binding[] = []
  private readonly given: ReadonlyMap<Node, string>
  private readonly taken: Set<string>

  constructor({ inputs, outputs }: GraphSource) {
    this.given = new Map(inputs.map(({ node, name }) => [node, name]))
    this.taken = new Set([...inputs, ...outputs].map(({ name }) => name))
  }

  /** What a value is called between the graphs, and what it is there. */
  name(node: Node, wanted: string): { name: string; role: InputRole } {
    const own = this.given.get(node)
    if (own !== undefined) return { name: own, role: isInput(node) ? node.attributes.role : 'activity' }
    const known = this.bindings.find((binding) => binding.node === node)
    if (known) return { name: known.name, role: 'activity' }
    const name = freeName(wanted, (each) => this.taken.has(each), '')
    this.taken.add(name)
    this.bindings.push({ name, node })
    return { name, role: 'activity' }
  }
}

interface Separate {
  readonly region: Region
  readonly outputs: readonly Binding[]
  readonly changed: readonly string[]
  readonly plan: Rows
}

function updateGraph(
  { region, outputs, changed: [first = ''], plan }: Separate,
  handed: Handed,
): UpdateGraph {
  const { results, inner } = region
  const { blocks, shape, products } = plan
  const inputs: Binding[] = []
  const sliced = new Set<string>()
  const take = (node: Node, wanted: string, block?: Shape): Node => {
    const { name, role } = handed.name(node, wanted)
    const known = inputs.find((binding) => binding.name === name)
    if (known) return known.node
    const own = input(role, name, node.dtype, block ?? node.shape)
    inputs.push({ name, node: own })
    if (block) sliced.add(name)
    return own
  }
  const replaced = new Map<Node, Node>()
  const enter = (node: Node): Node => {
    if (isScalar(node)) return reshape(isConstant(node) ? node : take(node, handedName(first, 'scalar')), [])
    const [a, b] = node.inputs
    if (!products.has(node) || !isThin(node) || !a || !b)
      return take(
        unshaped(node, (x) => !isInput(x)),
        handedName(first, 'gradient'),
        shape,
      )
    const { transposeA, transposeB } = node.attributes
    const left = transposeA ? transpose(a, [1, 0]) : a
    const rows = take(left, handedName(first, 'gradient.left'), [sizeOf(shape, 0), sizeOf(left.shape, 1)])
    return matmul(rows, take(b, handedName(first, 'gradient.right')), false, transposeB)
  }
  like(at(results, 0), () => {
    for (const node of topological(results, (each) => !inner.has(each))) {
      const operands = () => node.inputs.map((each) => found(replaced, each, each.op.name))
      replaced.set(node, inner.has(node) ? remake(node, operands()) : enter(node))
    }
  })
  return {
    source: {
      name: updateName(first),
      description: `New values of a block of ${first}.`,
      inputs,
      outputs: outputs.map(({ name, node }) => ({ name, node: found(replaced, node, name) })),
    },
    blocks,
    sliced,
  }
}
