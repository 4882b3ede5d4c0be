import { trace, type Trace } from '../src/cut/trace.ts'
import { elements } from '../src/base/type.ts'
import { trainingOf } from '../src/sections/program.ts'
import { drawTensor } from '../runtime/batches/draws.ts'
import { initialise } from '../runtime/values/initialise.ts'
import { normals } from './numbers.ts'
import type { Node } from '../src/ir/node.ts'
import type { Program } from '../src/index.ts'

/**
 * A program's trace with a value for every leaf that it reads: the start of a run on random images.
 *
 * @param trial another one has other images, draws and parameters
 */
export function traceProgram(
  program: Program,
  trial = 0,
): {
  traced: Trace
  feeds: Map<Node, ArrayLike<number>>
} {
  const { batch, input } = program
  const training = trainingOf(program)
  const { rows } = training
  const traced = trace(training)
  const { registry } = traced
  const feeds = new Map<Node, ArrayLike<number>>([[rows, normals(elements(rows.shape), 5 + 100 * trial)]])
  for (const { draw, node } of registry.draws)
    feeds.set(node, Array.from(drawTensor(draw, 7 + 100 * trial, 1).data, Number))
  for (const { name, layer, node, init } of registry.parameters) {
    const start = initialise(
      { name, layer, type: node.dtype, shape: [...node.shape], init },
      11 + 100 * trial,
    )
    feeds.set(node, Array.from(start.data, Number))
  }
  for (const { node, start } of registry.states) {
    const copied = registry.parameters.find(({ name }) => start?.kind === 'copy' && name === start.of)
    const constant = start?.kind === 'constant' ? start.value : 0
    const fresh = new Float64Array(elements(node.shape)).fill(constant)
    feeds.set(node, (copied && feeds.get(copied.node)) ?? fresh)
  }
  for (const { name, node } of registry.inputs()) {
    if (name === 'learning_rate') feeds.set(node, [0.01])
    if (name === 'step') feeds.set(node, [1])
    if (name === 'labels')
      feeds.set(
        node,
        Array.from({ length: batch }, (_, i) => i % input.classes),
      )
  }
  return { traced, feeds }
}
