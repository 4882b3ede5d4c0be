import { elements, type Shape } from '../../ir/type.ts'
import { within } from '../../ir/context.ts'
import { print } from '../../ir/print.ts'
import { topological } from '../../ir/walk.ts'
import { make, remake } from '../../ops/define.ts'
import { input } from '../../ops/leaf.ts'
import { reshape } from '../../ops/shape.ts'
import { blockSize } from './block-size.ts'
import { isScalar, regionsOf, type Region } from './regions.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node, Op } from '../../ir/node.ts'
import type { Value } from '../../ir/emitter.ts'

/**
 * Updates of large parameters in blocks. An optimizer is a chain of element-wise ops; done op by op, each goes
 * through memory. Here one loop (ONNX's Scan) does all of them for a block that stays in cache, then the next:
 * the same operations on the same numbers, so the same bits. New values are given as [blocks, block size].
 */

/** Elements of a block: a few of them fit in a core's share of the cache. */
const WANTED = 2 ** 18
/** Below this many ops there is little to save. */
const FEWEST_OPS = 4

/** @param updates outputs whose new values may be given as blocks, by name */
export function updateInBlocks(source: GraphSource, updates: ReadonlySet<string>): GraphSource {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const regions = regionsOf(
    source.outputs.flatMap(({ name, node }) => (updates.has(name) ? [node] : [])),
    bound,
  ).filter(({ results: [first], inner }) => first && inner.size >= FEWEST_OPS && sizeOf(first) !== undefined)
  const replaced = new Map(regions.flatMap(blocksOf))
  return {
    ...source,
    outputs: source.outputs.map(({ name, node }) => ({
      name,
      node: updates.has(name) ? (replaced.get(node) ?? node) : node,
    })),
  }
}

const sizeOf = ({ shape }: Node): number | undefined => blockSize(elements(shape), WANTED)

/** Each result of a region with the node that gives it as blocks. */
function blocksOf({ results, inner }: Region): (readonly [Node, Node])[] {
  const [first] = results
  if (!first) return []
  const count = elements(first.shape)
  const size = sizeOf(first) ?? count
  const outside = topological(results, (node) => !inner.has(node)).filter((node) => !inner.has(node))
  const [scanned, scalars] = [outside.filter((node) => !isScalar(node)), outside.filter(isScalar)]
  return within({ scope: first.scope, origin: first.origin }, () => {
    const item = (node: Node, shape: Shape) => input('activity', 'item', node.dtype, shape)
    const given = [...scanned.map((node) => item(node, [size])), ...scalars.map((node) => item(node, []))]
    const inBody = new Map<Node, Node>([...scanned, ...scalars].map((node, i) => [node, given[i] ?? node]))
    for (const node of topological(results, (each) => !inner.has(each)).filter((each) => inner.has(each)))
      inBody.set(
        node,
        remake(
          node,
          node.inputs.map((each) => inBody.get(each) ?? each),
        ),
      )
    const body = results.map((node) => inBody.get(node) ?? node)
    const operands = [
      ...scanned.map((node) => reshape(node, [count / size, size])),
      ...scalars.map((node) => reshape(node, [])),
    ]
    const loop = make(blocksOp(given, scanned.length, body), operands, { body: print(body) })
    return results.map((node, index) => [node, make(resultOp, [loop], { index })] as const)
  })
}

/** The loop itself; its value stands for all results, which `resultOp` takes apart. */
const blocksOp = (
  given: readonly Node[],
  scanned: number,
  body: readonly Node[],
): Op<Readonly<{ body: string }>> => ({
  name: 'blocks',
  infer: ([first]) => {
    if (!first) throw new Error('blocks of nothing')
    return first
  },
  emit: (emitter, _, operands) =>
    emitter.tuple(
      emitter.scan(operands.slice(0, scanned), (items, inner) => {
        const values = new Map<Node, Value>(
          given.flatMap((node, i) => {
            const value = i < scanned ? items[i] : operands[i]
            return value === undefined ? [] : [[node, value] as const]
          }),
        )
        const valueOf = (node: Node): Value => {
          const value = values.get(node)
          if (value === undefined) throw new Error(`a block lost the value of ${node.op.name}`)
          return value
        }
        for (const node of topological(body, (each) => values.has(each)))
          if (!values.has(node)) values.set(node, node.op.emit(inner, node, node.inputs.map(valueOf)))
        return body.map(valueOf)
      }),
    ),
  samples: [],
})

const resultOp: Op<Readonly<{ index: number }>> = {
  name: 'blockResult',
  infer: ([blocks]) => {
    if (!blocks) throw new Error('no blocks to take a result of')
    return blocks
  },
  emit: (emitter, { attributes: { index } }, [blocks]) => {
    if (blocks === undefined) throw new Error('no blocks to take a result of')
    return emitter.item(blocks, index)
  },
  samples: [],
}
