import { compile, type Program } from '../src/index.ts'
import { topological } from '../src/ir/walk.ts'
import { convOp, inputGradientOp, weightGradientOp } from '../src/ops/conv.ts'
import { is } from '../src/ops/is.ts'
import { matMulOp } from '../src/ops/matmul.ts'
import { needOf } from './gpu/estimate.ts'
import type { GraphSource } from '../src/ir/graph.ts'
import type { Node } from '../src/ir/node.ts'

/** What a training step cannot do without, whatever computes it. */
export interface DirectCost {
  /** Of products and convolutions, as traced: a multiply and an add for each output and each weight that it reads. */
  readonly flops: number
  /** Of parameters and the optimizer's states, each read once and written once. */
  readonly updateBytes: number
}

/** The last pass before an algorithm is chosen for each convolution; what rules do not need has gone. */
const TRACED = 'pooled-masks'

export function directCost(program: Program): DirectCost {
  const traced = new Map<string, GraphSource>()
  const { manifest } = compile(program, {
    observe: ({ section, pass, source }) => {
      if (section === 'train' && pass === TRACED) traced.set(source.name, source)
    },
  })
  const trains = new Set(manifest.train.graphs.map(({ name }) => name))
  const kept = [...traced].flatMap(([name, source]) => (trains.has(name) ? [source] : []))
  const { stateIn, stateOut } = needOf(manifest.train)
  return {
    flops: kept.reduce((sum, source) => sum + productFlops(source), 0),
    updateBytes: stateIn + stateOut,
  }
}

const isProduct = (node: Node): boolean =>
  is(node, convOp) || is(node, inputGradientOp) || is(node, weightGradientOp) || is(node, matMulOp)

/** What a graph is given others have computed, though the trace goes on below. */
const productFlops = ({ inputs, outputs }: GraphSource): number => {
  const given = new Set(inputs.map(({ node }) => node))
  return topological(
    outputs.map(({ node }) => node),
    (node) => given.has(node),
  )
    .filter((node) => isProduct(node) && !given.has(node))
    .reduce((sum, node) => sum + node.op.traits.work(node), 0)
}

/** What a machine does a second. */
export interface Machine {
  /** Floating-point operations of a product of large matrices. */
  readonly flops: number
  /** Bytes read and written of what no cache holds. */
  readonly bandwidth: number
}

/** Seconds of a step whose products run at the peak and whose updates at the memory's speed, one after the other. */
export function roofline(cost: DirectCost, machine: Machine) {
  const [products, updates] = [cost.flops / machine.flops, cost.updateBytes / machine.bandwidth]
  return { products, updates, both: products + updates }
}
