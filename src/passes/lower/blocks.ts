import { within } from '../../ir/context.ts'
import { print } from '../../ir/print.ts'
import { topological } from '../../ir/walk.ts'
import { make } from '../../ops/define.ts'
import { reshape } from '../../ops/shape.ts'
import type { Separated, UpdateGraph } from './updates.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node, Op } from '../../ir/node.ts'
import type { Value } from '../../ir/emitter.ts'

/**
 * Puts updates that were taken out of a graph back into it, each as one loop (ONNX's Scan) over its blocks: the same
 * operations on the same blocks, so the same bits. For graphs that do several steps in a run and must know the new
 * values themselves. They come as [blocks, …block].
 */
export function updateInBlocks({ source, updates }: Separated, given: GraphSource): GraphSource {
  const known = new Map([...given.inputs, ...source.outputs].map(({ name, node }) => [name, node]))
  const renewed = new Map(
    updates.flatMap((update) => loopOver(update, known)).map((each) => [each.name, each]),
  )
  return {
    ...source,
    outputs: given.outputs.flatMap(({ name }) => {
      const node = renewed.get(name)?.node ?? known.get(name)
      return node ? [{ name, node }] : []
    }),
  }
}

/** The outputs of an update, by name, as results of a loop. */
function loopOver({ source, blocks, sliced }: UpdateGraph, known: ReadonlyMap<string, Node>): Binding[] {
  const cut = source.inputs.filter(({ name }) => sliced.has(name))
  const whole = source.inputs.filter(({ name }) => !sliced.has(name))
  const outer = ({ name }: Binding): Node => {
    const node = known.get(name)
    if (!node) throw new Error(`the loop of '${source.name}' is not given '${name}'`)
    return node
  }
  const body = source.outputs.map(({ node }) => node)
  const [first] = body
  if (!first) return []
  return within({ scope: first.scope, origin: first.origin }, () => {
    const operands = [
      ...cut.map((each) => reshape(outer(each), [blocks, ...each.node.shape])),
      ...whole.map(outer),
    ]
    const inputs = [...cut, ...whole].map(({ node }) => node)
    const loop = make(blocksOp(inputs, cut.length, body), operands, { body: print(body), blocks })
    return source.outputs.map(({ name }, index) => ({
      name,
      node: make(resultOp(body[index] ?? first), [loop], { index, blocks }),
    }))
  })
}

type LoopAttributes = Readonly<{ body: string; blocks: number }>

/** The loop itself; its value stands for all results, which `resultOp` takes apart. */
const blocksOp = (given: readonly Node[], scanned: number, body: readonly Node[]): Op<LoopAttributes> => ({
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

const resultOp = ({ dtype, shape }: Node): Op<Readonly<{ index: number; blocks: number }>> => ({
  name: 'blockResult',
  infer: (_, { blocks }) => ({ dtype, shape: [blocks, ...shape] }),
  emit: (emitter, { attributes: { index } }, [loop]) => {
    if (loop === undefined) throw new Error('no loop to take a result of')
    return emitter.item(loop, index)
  },
  samples: [],
})
