import { elements, type Shape, type Type } from '../../ir/type.ts'
import { remake } from '../../ops/define.ts'
import { constant, filled, input } from '../../ops/leaf.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { constantValues, uniformValue } from '../simplify/constants.ts'
import { gatheredUnswapped } from '../simplify/row-order.ts'
import { sliceShape, type Tiled } from './tiled.ts'
import type { Node } from '../../ir/node.ts'
import type { Given, Loop } from '../lower/loop.ts'
import type { Levels } from './levels.ts'
import type { Outside } from './loops.ts'

/** One slice of tiled nodes, and of the sums over them. */
export interface SliceBody extends Pick<Loop, 'scanned' | 'whole'> {
  /** What stands for a node in the body. */
  readonly inner: (node: Node) => Node
}

/** @param nodes what the loop computes, operands first */
export function sliceBody(
  { tiled, seeds, sums, entering }: Levels,
  nodes: readonly Node[],
  { whole: known, stacks }: Outside,
  tiles: number,
  slices: number,
): SliceBody {
  const made = new Map<Node, Node>()
  const scanned: Given[] = []
  const whole: Given[] = []
  const give = (to: Given[], outer: Node, shape: Shape): Node => {
    const same = to.find((each) => each.outer === outer)
    if (same) return same.inner
    const inner = input('activity', `given${scanned.length + whole.length}`, outer.dtype, shape)
    to.push({ inner, outer })
    return inner
  }
  const outside = (node: Node): Node => {
    const outer = known.get(node)
    if (!outer) throw new Error(`a slice lost ${node.op.name} of ${node.scope}`)
    return outer
  }
  const cut = ({ shape }: Type, how: Tiled): Shape => sliceShape(shape, how, tiles, slices) ?? shape
  const slice = (outer: Node, shape: Shape): Node =>
    reshape(give(scanned, outer, outer.shape.slice(1)), shape)
  /** From an earlier loop, slice by slice. */
  const crossing = (node: Node, shape: Shape): Node => {
    const stack = stacks.get(node)
    if (stack) return slice(stack, shape)
    const [x] = node.inputs
    if (node.op.name !== 'reshape' || !x) throw new Error(`no loop kept ${node.op.name} of ${node.scope}`)
    return crossing(x, shape)
  }
  const operand = (x: Node, how: Tiled | undefined): Node => {
    const [own, its] = [made.get(x), tiled.get(x)]
    if (own) return own
    if (its) return crossing(x, cut(x, its))
    if (!how) return give(whole, outside(x), x.shape)
    const parts = reshape(outside(x), [how.before, slices, elements(x.shape) / slices / how.before])
    return slice(transpose(parts, [1, 0, 2]), cut(x, how))
  }
  const sliced = (node: Node): Node => {
    const [first, second] = node.inputs
    const how = tiled.get(node)
    if (node.op.name === 'reshape' && first && how) return reshape(operand(first, undefined), cut(node, how))
    if (first && second && seeds.has(node)) {
      const gathered = remake(node, [outside(first), second])
      const [rows = first, places = second] = (gatheredUnswapped(gathered) ?? gathered).inputs
      return remake(node, [
        give(whole, rows, rows.shape),
        slice(groupsOf(places, slices), [places.shape[0] ?? 0, tiles / slices]),
      ])
    }
    if (first && second && sums.has(node) && !tiled.has(first)) {
      const row = filled(first.dtype, [1, (first.shape[1] ?? 0) / slices], uniformValue(first) ?? 1)
      return remake(node, [give(whole, row, row.shape), operand(second, undefined)])
    }
    return remake(
      node,
      node.inputs.map((x, i) => operand(x, entering.get(node)?.[i])),
    )
  }
  for (const node of nodes) made.set(node, sliced(node))
  const [head, ...others] = scanned
  if (!head) throw new Error('a loop over no slices')
  return {
    scanned: [head, ...others],
    whole,
    inner: (node) => {
      const own = made.get(node)
      if (!own) throw new Error(`the slice does not compute ${node.op.name}`)
      return own
    },
  }
}

/** Indices [places, tiles] as [slices, places, tiles of a slice]. */
function groupsOf(indices: Node, slices: number): Node {
  const [places = 0, tiles = 0] = indices.shape
  const [values, size] = [constantValues(indices), tiles / slices]
  const at = (slice: number, place: number, i: number) => values?.[place * tiles + slice * size + i] ?? 0
  return constant(
    'int64',
    [slices, places, size],
    Array.from({ length: places * tiles }, (_, k) => {
      const [slice, place] = [Math.floor(k / (places * size)), Math.floor(k / size) % places]
      return at(slice, place, k % size)
    }),
  )
}
