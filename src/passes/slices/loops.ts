import { within } from '../../ir/context.ts'
import { elements } from '../../base/type.ts'
import { remake } from '../../ops/define.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { makeLoop } from '../../ops/loop.ts'
import { unshaped } from '../rewrite/unshaped.ts'
import { overFirst } from '../pixel-major/rows.ts'
import { sliceBody } from './body.ts'
import type { Cut, Outside } from './cut.ts'
import { zip } from '../../base/lists.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import type { LoopIndices } from './loop-indices.ts'
import type { Tiled } from './tiled.ts'

/** The graph with a loop over slices in place of all tiled nodes of a loop index. */
export function sliceLoops(source: GraphSource, indices: LoopIndices, cut: Cut): GraphSource {
  const { slices, lanes } = cut
  const { order, tiled, sums, loopIndex } = indices
  const bound = new Set(source.inputs.map(({ node }) => node))
  const left = source.outputs.map(({ node }) => node)
  const outside: Outside = { whole: new Map(), stacks: new Map() }
  const whole = (node: Node): Node => {
    const known = outside.whole.get(node)
    if (!known) throw new Error(`slicing lost ${node.op.name} of ${node.scope}`)
    return known
  }
  for (const turn of [...new Set(loopIndex.values())].sort((a, b) => a - b)) {
    const mine = order.filter((node) => loopIndex.get(node) === turn && !sums.has(node))
    for (const node of mine.filter((each) => !tiled.has(each)))
      outside.whole.set(node, bound.has(node) ? node : remake(node, node.inputs.map(whole)))
    const inside = new Set(mine.filter((node) => tiled.has(node)))
    const added = order.filter((node) => sums.has(node) && loopIndex.get(node) === turn + 1)
    const [first] = [...inside, ...added]
    if (!first) continue
    const others = order.filter((node) => !bound.has(node) && !inside.has(node) && !added.includes(node))
    const read = [...new Set([...others.flatMap(({ inputs }) => inputs), ...left])].filter((node) =>
      inside.has(node),
    )
    const isInside = (node: Node) => inside.has(node)
    const kept = [...new Set(read.map((node) => unshaped(node, isInside)))]
    within(first, () => {
      const { inner, scanned, whole: given } = sliceBody(indices, [...inside, ...added], outside, cut)
      const results = makeLoop({ scanned, whole: given, summed: added.map(inner), stacked: kept.map(inner) })
      for (const [node, sum] of zip(added, results.summed))
        outside.whole.set(node, lanes === 1 ? sum : overFirst(sum, 'sum'))
      for (const [node, stack] of zip(kept, results.stacked))
        outside.stacks.set(node, reshape(stack, [slices, ...stack.shape.slice(lanes === 1 ? 1 : 2)]))
    })
    const wanted = new Set([
      ...others.filter((node) => !tiled.has(node)).flatMap(({ inputs }) => inputs),
      ...left,
    ])
    for (const node of read.filter((each) => wanted.has(each))) {
      const [stack, how] = [outside.stacks.get(unshaped(node, isInside)), tiled.get(node)]
      if (stack && how)
        outside.whole.set(
          node,
          within(node, () => joined(stack, node, how, slices)),
        )
    }
  }
  return { ...source, outputs: source.outputs.map(({ name, node }) => ({ name, node: whole(node) })) }
}

/** Slices, each [before, …], as one value. */
function joined(stack: Node, { shape }: Node, { before }: Tiled, slices: number): Node {
  const rest = elements(shape) / slices / before
  return reshape(transpose(reshape(stack, [slices, before, rest]), [1, 0, 2]), shape)
}
