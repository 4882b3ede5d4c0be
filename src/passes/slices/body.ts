import { at, present } from '../../base/lists.ts'
import { sizeOf, twoAxes } from '../../base/shapes.ts'
import { elements, type Shape, type Type } from '../../base/type.ts'
import { remake } from '../../ops/define.ts'
import { constant, constantValues, filled, input } from '../../ops/leaf.ts'
import { max, maxOp } from '../../ops/reduce.ts'
import { reshape, reshapeOp, transpose } from '../../ops/shape.ts'
import { is } from '../../ops/is.ts'
import { isBinary } from '../../ops/traits.ts'
import { uniformValue } from '../simplify/constants.ts'
import { gatheredUnswapped } from '../simplify/row-order.ts'
import { sliceShape, type Tiled } from './tiled.ts'
import { binary } from '../../ops/arity.ts'
import type { Node } from '../../ir/node.ts'
import type { Given, Loop } from '../../ops/loop.ts'
import type { LoopIndices } from './loop-indices.ts'
import type { Cut, Outside } from './cut.ts'

/** One slice of tiled nodes, and of the sums over them. */
export interface SliceBody extends Pick<Loop, 'scanned' | 'whole'> {
  /** What stands for a node in the body. */
  readonly inner: (node: Node) => Node
}

/**
 * With more than one lane, a turn does as many slices side by side: what is tiled has them as a leading axis.
 *
 * @param nodes what the loop computes, operands first
 */
export function sliceBody(
  { tiled, seeds, sums, entering }: LoopIndices,
  nodes: readonly Node[],
  { whole: known, stacks }: Outside,
  { tiles, slices, lanes }: Cut,
): SliceBody {
  const made = new Map<Node, Node>()
  const scanned = new Map<Node, Given>()
  const whole = new Map<Node, Given>()
  const lead = lanes === 1 ? [] : [lanes]
  const give = (to: Map<Node, Given>, key: Node, outer: Node, shape: Shape): Node => {
    const same = to.get(key)
    if (same) return same.inner
    const inner = input('activity', `given${scanned.size + whole.size}`, outer.dtype, shape)
    to.set(key, { inner, outer })
    return inner
  }
  const giveWhole = (outer: Node): Node => give(whole, outer, outer, outer.shape)
  const outside = (node: Node): Node => {
    const outer = known.get(node)
    if (!outer) throw new Error(`a slice lost ${node.op.name} of ${node.scope}`)
    return outer
  }
  const cut = ({ shape }: Type, how: Tiled): Shape => {
    const own = sliceShape(shape, how, tiles, slices)
    if (!own) throw new Error(`[${shape.join(', ')}] does not divide into ${slices} slices`)
    return own
  }
  /** Of a value [slices, …], those of a turn in a shape of theirs. */
  const slice = (all: Node, shape: Shape): Node => {
    const own = [...lead, ...all.shape.slice(1)]
    return reshape(give(scanned, all, reshape(all, [slices / lanes, ...own]), own), [...lead, ...shape])
  }
  /** From an earlier loop, slice by slice. */
  const crossing = (node: Node, shape: Shape): Node => {
    const stack = stacks.get(node)
    if (stack) return slice(stack, shape)
    const [x] = node.inputs
    if (!is(node, reshapeOp) || !x) throw new Error(`no loop kept ${node.op.name} of ${node.scope}`)
    return crossing(x, shape)
  }
  const operand = (x: Node, how: Tiled | undefined): Node => {
    const [own, its] = [made.get(x), tiled.get(x)]
    if (own) return own
    if (its) return crossing(x, cut(x, its))
    if (!how) return giveWhole(outside(x))
    const parts = reshape(outside(x), [how.before, slices, elements(x.shape) / slices / how.before])
    return slice(transpose(parts, [1, 0, 2]), cut(x, how))
  }
  const gathered = (node: Node, first: Node, second: Node): Node => {
    const whole = remake(node, [outside(first), second])
    const [rows, places] = binary(gatheredUnswapped(whole) ?? whole)
    const own = slice(groupsOf(places, slices), [sizeOf(places.shape, 0), tiles / slices])
    return remake(node, [giveWhole(rows), own])
  }
  const sliced = (node: Node): Node => {
    const [first, second] = node.inputs
    const how = tiled.get(node)
    if (is(node, reshapeOp) && first && how)
      return reshape(operand(first, undefined), [...lead, ...cut(node, how)])
    if (first && second && seeds.has(node)) return gathered(node, first, second)
    if (first && second && sums.has(node) && !tiled.has(first)) {
      const value = present(uniformValue(first), 'the number that a sum multiplies by')
      const row = filled(first.dtype, [1, sizeOf(first.shape, 1) / slices], value)
      return remake(node, [giveWhole(row), operand(second, undefined)])
    }
    const operands = node.inputs.map((x, i) => operand(x, entering.get(node)?.[i]))
    const [x] = operands
    if (x && is(node, maxOp)) return max(x, [lead.length])
    return remake(node, isBinary(node) ? operands.map((x, i) => aligned(x, node, i)) : operands)
  }
  /** Lanes come first also where an operand has fewer axes than the result. */
  const aligned = (x: Node, node: Node, i: number): Node => {
    const source = node.inputs[i]
    const hasLanes = source && (tiled.has(source) || entering.get(node)?.[i])
    const missing = node.shape.length + lead.length - x.shape.length
    if (!hasLanes || lead.length === 0 || missing <= 0) return x
    return reshape(x, [...lead, ...new Array<number>(missing).fill(1), ...x.shape.slice(1)])
  }
  for (const node of nodes) made.set(node, sliced(node))
  const [head, ...others] = scanned.values()
  if (!head) throw new Error('a loop over no slices')
  return {
    scanned: [head, ...others],
    whole: [...whole.values()],
    inner: (node) => {
      const own = made.get(node)
      if (!own) throw new Error(`the slice does not compute ${node.op.name}`)
      return own
    },
  }
}

/** Indices [places, tiles] as [slices, places, tiles of a slice]. */
function groupsOf(indices: Node, slices: number): Node {
  const [places, tiles] = twoAxes(indices.shape)
  const [values, size] = [present(constantValues(indices), 'which pixels are tiles'), tiles / slices]
  return constant(
    'int64',
    [slices, places, size],
    Array.from({ length: places * tiles }, (_, k) => {
      const [slice, place] = [Math.floor(k / (places * size)), Math.floor(k / size) % places]
      return at(values, place * tiles + slice * size + (k % size))
    }),
  )
}
