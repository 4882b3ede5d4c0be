import fc from 'fast-check'
import { expect } from 'vitest'
import { Tensor, type Transform } from '../../src/index.ts'
import { elements } from '../../src/base/type.ts'
import { stream } from '../../runtime/values/random.ts'
import { compileNodes, leaf } from './evaluate.ts'
import type { Node } from '../../src/ir/node.ts'

/** Transforms as functions of images and draws, on onnxruntime in float32; images by place. */

export type Draws = Readonly<Record<string, readonly number[]>>
export type Apply = (images: ArrayLike<number>, draws: Draws) => Promise<Float64Array>

/** Draws are below 1; this is the largest of them. */
export const ALMOST_ONE = 1 - 2 ** -24
export const drawn = fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((n) => n / 2 ** 24)
const close = 1e-6

export async function prepare(transform: Transform, shape: readonly number[]): Promise<Apply> {
  const source = leaf('float32', shape)
  const asked = new Map<string, Node>()
  const draw = (what: string, ...size: number[]) => {
    const node = asked.get(what) ?? leaf('float32', [shape[0] ?? 0, ...size])
    asked.set(what, node)
    return new Tensor(node)
  }
  const images = shape[0] ?? 0
  const scope = { views: ['a'], images, classes: 10, labels: new Tensor(leaf('int64', [images])) }
  const result = transform.apply(new Tensor(source), draw, scope)
  expect(result.shape).toEqual(shape)
  const run = await compileNodes([result.node], [source, ...asked.values()])
  return async (images, draws) => {
    expect(Object.keys(draws).sort()).toEqual([...asked.keys()].sort())
    const feeds = [...asked].map(([what, node]) => [node, draws[what] ?? []] as const)
    const [values = new Float64Array()] = await run(new Map([[source, images], ...feeds]))
    return values
  }
}

/** Pixels as images have them: bytes, divided by 255 in float32. */
export const randomImages = (shape: readonly number[]): Float64Array => {
  const random = stream(3, 'images')
  return Float64Array.from({ length: elements(shape) }, () =>
    Math.fround(Math.floor(random.uniform() * 256) / 255),
  )
}

/** Values by place in [rows, channels, height, width]. */
export function makeImages(
  [rows = 0, channels = 0, height = 0, width = 0]: readonly number[],
  value: (row: number, channel: number, y: number, x: number) => number,
): number[] {
  const places = (size: number) => Array.from({ length: size }, (_, i) => i)
  return places(rows).flatMap((row) =>
    places(channels).flatMap((channel) =>
      places(height).flatMap((y) => places(width).map((x) => value(row, channel, y, x))),
    ),
  )
}
export const reader =
  (values: ArrayLike<number>, [, channels = 0, height = 0, width = 0]: readonly number[]) =>
  (row: number, channel: number, y: number, x: number): number =>
    values[((row * channels + channel) * height + y) * width + x] ?? NaN

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, bound = close): void {
  expect(actual.length).toBe(expected.length)
  const errors = Array.from(expected, (value, i) => Math.abs((actual[i] ?? NaN) - value))
  expect(Math.max(...errors)).toBeLessThan(bound)
}
