import { describe, expect, test } from 'vitest'
import { isFloat, type DType } from '../../src/base/dtype.ts'
import { operators } from '../../src/bundle/verify/operators/operators.ts'
import { verifyGraph } from '../../src/bundle/verify/verify-graph.ts'
import { emitGraph } from '../../src/onnx/emit.ts'
import { decodeModel, type GraphProto } from '../../src/onnx/proto.ts'
import { make } from '../../src/ops/define.ts'
import { constant, LARGEST_STORED_FILL } from '../../src/ops/leaf.ts'
import { resultsOfLoop } from '../../src/ops/loop.ts'
import { opTable } from '../../src/ops/table.ts'
import { legalise } from '../../src/passes/legalise/legalise.ts'
import { leaf } from '../support/evaluate.ts'
import { sampleValues } from '../support/samples.ts'
import type { Node, Op, Sample } from '../../src/ir/node.ts'

/** The compiler writes what the runtime's verifier lets pass, and the verifier lets pass nothing else. */

function emitted(outputs: readonly Node[], inputs: readonly Node[]): Uint8Array {
  const named = (name: string, nodes: readonly Node[]) =>
    nodes.map((node, i) => ({ name: `${name}${i}`, node }))
  const source = {
    name: 'test',
    description: '',
    inputs: named('in', inputs),
    outputs: named('out', outputs),
  }
  return emitGraph(legalise(source).source).bytes
}

/** The graph of a sample. Sizes and places are constants in it, as in graphs of programs. */
function graphOf(op: Op, sample: Sample, precision: DType): Uint8Array {
  const retype = (dtype: DType): DType => (isFloat(dtype) ? precision : dtype)
  const operands = sample.inputs.map((input, i) =>
    input.dtype === 'int64'
      ? constant('int64', input.shape, sampleValues(input, i + 1))
      : leaf(retype(input.dtype), input.shape),
  )
  const attributes =
    'dtype' in sample.attributes
      ? { ...sample.attributes, dtype: retype(sample.attributes.dtype as DType) }
      : sample.attributes
  const node = make(op, operands, attributes, sample.regions?.(precision))
  const inputs = operands.filter((each) => each.op.given === true && each.op.name === 'input')
  return emitted(node.results ? resultsOfLoop(node) : [node], inputs)
}

function operatorsIn({ node }: GraphProto): string[] {
  return (node ?? []).flatMap(({ opType, attribute }) => [
    String(opType),
    ...(attribute ?? []).flatMap(({ g }) => (g ? operatorsIn(g) : [])),
  ])
}

const chosen = { steps: 1, batch: 1 }
const sampled = opTable.filter(({ samples }) => samples.length > 0)
const precisions = (op: Op): DType[] => (op.name === 'gridSample' ? ['float32'] : ['float32', 'float64'])

describe('the verifier lets pass what is written of', () => {
  test.each(sampled.map((op) => [op.name, op] as const))('%s', (_, op) => {
    for (const sample of op.samples)
      for (const precision of precisions(op))
        expect(verifyGraph(graphOf(op, sample, precision), chosen).work).toBeGreaterThan(0)
  })

  test('a constant that is made by the graph', () => {
    const fill = constant('float32', [2 * LARGEST_STORED_FILL], new Float64Array(2 * LARGEST_STORED_FILL))
    expect(verifyGraph(emitted([fill], []), chosen).peakBytes).toBeGreaterThan(8 * LARGEST_STORED_FILL)
  })
})

test('the list of operators has all that the compiler writes, and nothing more', () => {
  const fill = constant('float32', [2 * LARGEST_STORED_FILL], new Float64Array(2 * LARGEST_STORED_FILL))
  const x = leaf('float32', [2])
  const graphs = [
    emitted([fill], []),
    // What is given and taken as it is passes through Identity.
    emitted([x], [x]),
    ...sampled.flatMap((op) =>
      op.samples.flatMap((sample) => precisions(op).map((precision) => graphOf(op, sample, precision))),
    ),
  ]
  const written = new Set(graphs.flatMap((bytes) => operatorsIn(decodeModel(bytes).graph ?? {})))
  expect([...written].sort()).toEqual([...operators.keys(), 'Scan'].sort())
})
