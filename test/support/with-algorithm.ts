import { topological } from '../../src/ir/walk.ts'
import { nothingHandedOn } from '../../src/passes/pixel-major/lying.ts'
import { lower } from '../../src/passes/lower.ts'
import { isWinograd } from '../../src/passes/convolution/winograd.ts'
import { hasColumns } from '../../src/passes/convolution/columns.ts'
import { maskPooledGradients } from '../../src/passes/rewrite/pool-mask.ts'
import { share } from '../../src/passes/rewrite/share.ts'
import type { ConvAttributes } from '../../src/ops/window.ts'
import type { Algorithm } from '../../src/bundle/lowerings.ts'
import type { GraphSource } from '../../src/ir/graph.ts'
import type { Node } from '../../src/ir/node.ts'

/** A graph of nodes, for tests of passes. */
export const graph = (outputs: readonly Node[], inputs: readonly Node[]): GraphSource => ({
  name: 'test',
  description: '',
  inputs: inputs.map((node, i) => ({ name: `in${i}`, node })),
  outputs: outputs.map((node, i) => ({ name: `out${i}`, node })),
})

/**
 * The same outputs with every convolution, and gradient of one, in this algorithm where it can be.
 *
 * @param mostKept bytes of a value that are kept from the forward pass for gradients
 */
export function withAlgorithm(
  outputs: readonly Node[],
  inputs: readonly Node[],
  algorithm: Algorithm,
  mostKept = Infinity,
): Node[] {
  const source = maskPooledGradients(share(graph(outputs, inputs)))
  const roots = source.outputs.map(({ node }) => node)
  const convolutions = topological(roots).filter(({ op }) => op.name.startsWith('conv2d'))
  const algorithms = new Map(
    convolutions.map((node) => [node, applies(node, algorithm) ? algorithm : ('conv' as const)]),
  )
  const { source: lowered } = lower(source, {
    algorithms,
    handed: nothingHandedOn,
    free: new Set(),
    mostKept,
  })
  return share(lowered).outputs.map(({ node }) => node)
}

function applies({ attributes }: Node, algorithm: Algorithm): boolean {
  const window = attributes as ConvAttributes
  return algorithm === 'columns' ? hasColumns(window) : isWinograd(window)
}
