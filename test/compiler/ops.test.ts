import { describe, expect, test } from 'vitest'
import { isFloat, type DType } from '../../src/base/dtype.ts'
import { elements } from '../../src/base/type.ts'
import { verify } from '../../src/ir/verify.ts'
import { make } from '../../src/ops/define.ts'
import { constant } from '../../src/ops/leaf.ts'
import { mul } from '../../src/ops/elementwise.ts'
import { resultsOfLoop } from '../../src/ops/loop.ts'
import { sum } from '../../src/ops/reduce.ts'
import { opTable } from '../../src/ops/table.ts'
import { cast } from '../../src/ops/cast.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { gradientError } from '../support/gradient-check.ts'
import { normals, relativeError, sampleValues } from '../support/samples.ts'
import type { Op, Sample } from '../../src/ir/node.ts'

/** The sample's node on leaves of the given precision, with the values that feed them. */
function build(op: Op, sample: Sample, precision?: DType) {
  const retype = (dtype: DType) => (isFloat(dtype) ? (precision ?? dtype) : dtype)
  const leaves = sample.inputs.map(({ dtype, shape }) => leaf(retype(dtype), shape))
  const feeds = new Map(leaves.map((node, i) => [node, sampleValues(sample.inputs[i] ?? node, i + 1)]))
  const attributes =
    'dtype' in sample.attributes && precision
      ? { ...sample.attributes, dtype: retype(sample.attributes.dtype as DType) }
      : sample.attributes
  const node = make(op, leaves, attributes, sample.regions?.(leaves[0]?.dtype ?? 'float64'))
  return { node, results: node.results ? resultsOfLoop(node) : [node], leaves, feeds }
}
const joined = (values: readonly (readonly number[] | Float64Array)[]) => values.flatMap((each) => [...each])

describe.each(opTable.filter((op) => op.samples.length > 0))('op $name', (op) => {
  test.each(op.samples.map((sample, i) => [i, sample] as const))(
    'sample %i computes what it says',
    async (_, sample) => {
      const { results, feeds } = build(op, sample)
      verify(results)
      const values = await evaluate(results, feeds)
      expect(values.map(({ length }) => length)).toEqual(results.map(({ shape }) => elements(shape)))
      const result = joined(values)
      if (sample.expect) expect(relativeError(result, sample.expect)).toBeLessThan(1e-14)
    },
  )

  test('agrees in float32 and float64', async () => {
    for (const sample of op.samples.filter(({ inputs }) =>
      inputs.every(({ dtype }) => dtype !== 'float32'),
    )) {
      const [wide, narrow] = [build(op, sample, 'float64'), build(op, sample, 'float32')]
      const expected = joined(await evaluate(wide.results, wide.feeds))
      const actual = joined(await evaluate(narrow.results, narrow.feeds))
      expect(relativeError(actual, expected)).toBeLessThan(2e-6)
    }
  })

  const flows = (sample: Sample): boolean => {
    const { node } = build(op, sample)
    return sample.inputs.some(({ range }) => range) && (op.gradient?.(node, node).some(Boolean) ?? false)
  }
  const differentiable = op.samples.filter(flows)
  test.runIf(differentiable.length > 0)('has the gradient that finite differences give', async () => {
    for (const sample of differentiable) {
      const { node, leaves, feeds } = build(op, sample)
      // Drawn inputs are varied; those that a sample gives (indices, the map whose maxima count) are held.
      const floats = leaves.filter(({ dtype }, i) => isFloat(dtype) && sample.inputs[i]?.range !== undefined)
      const result = isFloat(node.dtype) ? node : cast(node, 'float64')
      const weights = constant('float64', result.shape, normals(elements(result.shape), 99))
      const axes = result.shape.map((__, axis) => axis)
      const loss = sum(mul(result, weights), axes)
      expect(await gradientError(loss, floats, feeds)).toBeLessThan(1e-6)
    }
  })
})
