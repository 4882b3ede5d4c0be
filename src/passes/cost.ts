import { at, found } from '../base/lists.ts'
import { elements } from '../base/type.ts'
import { bytesOf } from '../ir/budget.ts'
import { topological } from '../ir/walk.ts'
import { LARGEST_STORED_FILL, isConstant, isInput } from '../ops/leaf.ts'
import { isLoop, loopResultOp, turnsOf, type LoopAttributes } from '../ops/loop.ts'
import { is } from '../ops/is.ts'
import { reshapeOp } from '../ops/shape.ts'
import { cutOp, stopGradientOp } from '../ops/stop.ts'
import { uniformValue } from './simplify/constants.ts'
import type { Node, Region } from '../ir/node.ts'

/** What one run of a graph takes, read off its nodes: it is the same before and after they are written. */
export interface Cost {
  readonly flops: number
  /** Bytes of all results. */
  readonly activationBytes: number
  /**
   * The most bytes of results that are alive at once, where nodes run in their order and each result is freed after its
   * last reader. What the graph gives lives to the end; what it is given is not counted.
   */
  readonly peakBytes: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Nodes whose result is their operand's memory. */
const isView = (node: Node): boolean => is(node, reshapeOp) || is(node, stopGradientOp) || is(node, cutOp)

/** Whether the graph makes a constant in each run rather than store it. */
const isMade = (node: Node): boolean =>
  isConstant(node) && elements(node.shape) > LARGEST_STORED_FILL && uniformValue(node) !== undefined

/** Bytes that a node makes: of a loop, those that somebody takes are their own nodes'. */
const resultBytes = (node: Node): number =>
  isView(node) || isLoop(node) || (isConstant(node) && !isMade(node)) ? 0 : bytesOf(node)

export function costOf({ inputs, outputs }: Region): Cost {
  const given = new Set(inputs.map(({ node }) => node))
  const roots = outputs.map(({ node }) => node)
  const order = topological(roots, (node) => given.has(node)).filter(
    (node) => !given.has(node) && !isInput(node),
  )
  const inside = new Map<Node, Pick<Cost, 'flops' | 'peakBytes'>>(
    order.flatMap((node) => (isLoop(node) ? [[node, turns(node)] as const] : [])),
  )
  return {
    flops: sum(order.map((node) => inside.get(node)?.flops ?? node.op.traits.work(node))),
    activationBytes: sum(order.map(resultBytes)),
    peakBytes: peak(order, roots, (node) =>
      inside.has(node) ? found(inside, node, node.op.name).peakBytes : 0,
    ),
  }
}

/** Work of all turns of a loop, and what one of them takes beside the loop's results. */
function turns(loop: Node<LoopAttributes>): Pick<Cost, 'flops' | 'peakBytes'> {
  const [body] = loop.regions
  if (!body) throw new Error('a loop lost its body')
  const { flops, peakBytes } = costOf(body)
  const added = body.outputs.slice(0, loop.attributes.summed).map(({ node }) => node)
  // Sums start from zeros, and each turn adds to them.
  const zeros = added.filter(({ shape }) => elements(shape) > LARGEST_STORED_FILL).map(bytesOf)
  const adds = added.map(({ shape }) => elements(shape))
  return { flops: turnsOf(loop) * (flops + sum(adds)), peakBytes: peakBytes + sum(zeros) }
}

function peak(order: readonly Node[], roots: readonly Node[], inside: (node: Node) => number): number {
  const places = new Map(order.map((node, place) => [node, place]))
  // Whose memory a node's result is; none of what the graph is given.
  const owners = new Map<Node, Node>()
  const lastUse = new Map<Node, number>()
  const use = (node: Node, place: number) => {
    const owner = owners.get(node)
    if (owner) lastUse.set(owner, place)
  }
  order.forEach((node, place) => {
    const [first] = node.inputs
    const owner = first && isView(node) ? owners.get(first) : node
    if (owner) owners.set(node, owner)
    for (const used of [...node.inputs, node]) use(used, place)
  })
  for (const root of roots) use(root, order.length)
  // What lives to the end is freed after it.
  const change = new Array<number>(order.length + 2).fill(0)
  const add = (place: number | undefined, count: number) => {
    if (place !== undefined) change[place] = at(change, place) + count
  }
  for (const node of order) {
    // Results of a loop are there as soon as it is over.
    const maker = is(node, loopResultOp) ? node.inputs[0] : node
    add(maker && places.get(maker), resultBytes(node))
  }
  for (const [node, place] of lastUse) add(place + 1, -resultBytes(node))
  let [alive, most] = [0, 0]
  order.forEach((node, place) => {
    alive += at(change, place)
    most = Math.max(most, alive + inside(node))
  })
  return most
}
