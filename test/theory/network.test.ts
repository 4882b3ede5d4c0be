import type { Window } from '../../src/ops/window.ts'
import { expect, test } from 'vitest'
import { stream } from '../../runtime/values/random.ts'
import { multiplyTransposed, transpose, multiply, inverseOfPositive, matrixOf } from '../../theory/matrix.ts'
import { contrastNames, contrasts } from '../../theory/contrasts.ts'
import { gradientAt, scoresOf } from '../../theory/projection-loss.ts'
import { convLayer, poolMatrix, spreadOrthogonal } from '../../theory/network.ts'
import { gradients } from '../../src/grad/reverse.ts'
import { Tensor } from '../../src/index.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { input } from '../../src/ops/leaf.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { normals, relativeError } from '../support/samples.ts'

/** What the solver believes of layers and losses is what the graphs compute. */

test.each([1, 3])('a convolution of %d×%d as a matrix is the convolution', async (side) => {
  const [rows, inputs, out, size] = [2, 3, 2, 4]
  const random = stream(1, 'kernel')
  const { weight, matrix } = convLayer({ out, inputs, side, size }, () => random.normal())
  const images = matrixOf(rows, inputs * size * size, () => random.normal())
  const x = leaf('float64', [rows, inputs, size, size])
  const w = leaf('float64', weight.shape)
  const reach = (side - 1) / 2
  const window: Window = { kernel: [side, side], stride: [1, 1], padding: [reach, reach], dilation: [1, 1] }
  const maps = conv2d(x, w, undefined, { ...window, groups: 1 })
  const feeds = new Map([
    [x, images.data],
    [w, Float64Array.from(weight.data, Number)],
  ])
  const [expected = []] = await evaluate([maps], feeds)
  expect(relativeError(multiplyTransposed(images, matrix).data, expected)).toBeLessThan(1e-14)
})

test.each([1, 2, 4])('pooling over tiles of %d as a matrix is average pooling', async (side) => {
  const [rows, channels, size] = [2, 3, 4]
  const images = matrixOf(rows, channels * size * size, (i, j) => normals(200, 2)[i * 48 + j] ?? 0)
  const x = leaf('float64', [rows, channels, size, size])
  const [expected = []] = await evaluate([new Tensor(x).averagePool(side).node], new Map([[x, images.data]]))
  const pooled = multiplyTransposed(images, poolMatrix(channels, size, side))
  expect(relativeError(pooled.data, expected)).toBeLessThan(1e-14)
})

test.each(contrastNames)('the gradient of B by the solver is that of the rule (%s)', async (name) => {
  const [rows, features, references] = [7, 3, 2]
  const normal = (columns: number, seed: number) => {
    const values = normals(rows * columns, seed)
    return matrixOf(rows, columns, (i, j) => values[i * columns + j] ?? 0)
  }
  const [positive, negative, reference] = [normal(features, 1), normal(features, 2), normal(references, 3)]
  const projection = matrixOf(features, references, (i, j) => Math.sin(1 + i + 3 * j))
  const solved = { positive, negative, reference, contrast: contrasts[name], decay: 0 }
  const found = gradientAt(solved, projection, scoresOf(solved, projection))

  const b = input('parameter', 'b', 'float64', [features, references])
  const feeds = new Map([[b, projection.data]])
  const given = ({ columns, data }: typeof positive, label: string) => {
    const node = input('parameter', label, 'float64', [rows, columns])
    feeds.set(node, data)
    return new Tensor(node)
  }
  const prediction = given(reference, 'c').matmul(new Tensor(b), { transposeB: true })
  const score = (z: Tensor) => z.mul(prediction).sum(1)
  const scores = [score(given(positive, 'p')), score(given(negative, 'n')).reshape(1, rows)] as const
  const loss = contrasts[name].rule()(...scores)
  const [expected = []] = await evaluate(gradients(loss.node, [b]), feeds)
  expect(relativeError(found.data, expected)).toBeLessThan(1e-13)
})

test('weights of stretch s have singular values from 1/s to s', () => {
  const stretched = (stretch: number) => {
    const weights = spreadOrthogonal(4, stretch, stream(1, 'weights'))
    return multiply(weights, transpose(weights))
  }
  const trace = (size: number, data: Float64Array) =>
    data.filter((_, i) => i % (size + 1) === 0).reduce((sum, value) => sum + value, 0)
  stretched(1).data.forEach((value, i) => {
    expect(value).toBeCloseTo(i % 5 === 0 ? 1 : 0, 14)
  })
  // Squares of 1/8, 1/2, 2 and 8.
  expect(trace(4, stretched(8).data)).toBeCloseTo(1 / 64 + 1 / 4 + 4 + 64, 11)
})

test('the inverse of a positive definite matrix; a singular one has none', () => {
  const random = stream(1, 'inverse')
  const root = matrixOf(5, 5, () => random.normal())
  const positive = multiply(root, transpose(root))
  const inverse = inverseOfPositive(positive)
  if (!inverse) throw new Error('no inverse')
  const identity = multiply(inverse, positive)
  identity.data.forEach((value, i) => {
    expect(value).toBeCloseTo(i % 6 === 0 ? 1 : 0, 8)
  })
  expect(inverseOfPositive(matrixOf(2, 2, () => 1))).toBeUndefined()
})
