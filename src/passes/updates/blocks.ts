import { like } from '../../ir/context.ts'
import { reshape } from '../../ops/shape.ts'
import { makeLoop } from '../../ops/loop.ts'
import { zip } from '../../base/lists.ts'
import type { Separated, UpdateGraph } from './separate.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

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
  const [first] = source.outputs
  if (!first) return []
  return like(first.node, () => {
    const [head, ...others] = cut.map((each) => ({
      inner: each.node,
      outer: reshape(outer(each), [blocks, ...each.node.shape]),
    }))
    if (!head) throw new Error(`the loop of '${source.name}' has no blocks`)
    const { stacked } = makeLoop({
      scanned: [head, ...others],
      whole: whole.map((each) => ({ inner: each.node, outer: outer(each) })),
      summed: [],
      stacked: source.outputs.map(({ node }) => node),
    })
    return zip(source.outputs, stacked).map(([{ name }, node]) => ({ name, node }))
  })
}
