import { topological } from '../../src/ir/walk.ts'
import { lower } from '../../src/passes/lower/lower.ts'
import { isWinograd } from '../../src/passes/lower/winograd.ts'
import { hasColumns } from '../../src/passes/lower/columns.ts'
import { maskPooledGradients } from '../../src/passes/pool-mask.ts'
import { share } from '../../src/passes/share.ts'
import type { ConvAttributes } from '../../src/ops/window.ts'
import type { Form } from '../../src/passes/lower/form.ts'
import type { GraphSource } from '../../src/ir/graph.ts'
import type { Node } from '../../src/ir/node.ts'

/** A graph of nodes, for tests of passes. */
export const graph = (outputs: readonly Node[], inputs: readonly Node[]): GraphSource => ({
  name: 'test',
  description: '',
  inputs: inputs.map((node, i) => ({ name: `in${i}`, node })),
  outputs: outputs.map((node, i) => ({ name: `out${i}`, node })),
})

/** The same outputs with every convolution, and gradient of one, in this form where it can be. */
export function inForm(outputs: readonly Node[], inputs: readonly Node[], form: Form): Node[] {
  const source = maskPooledGradients(share(graph(outputs, inputs)))
  const roots = source.outputs.map(({ node }) => node)
  const convolutions = topological(roots).filter(({ op }) => op.name.startsWith('conv2d'))
  const forms = new Map(convolutions.map((node) => [node, applies(node, form) ? form : ('conv' as const)]))
  const { source: lowered } = lower(source, { forms, given: new Set(), free: new Set() })
  return share(lowered).outputs.map(({ node }) => node)
}

function applies({ attributes }: Node, form: Form): boolean {
  const window = attributes as ConvAttributes
  return form === 'columns' ? hasColumns(window) : isWinograd(window)
}
