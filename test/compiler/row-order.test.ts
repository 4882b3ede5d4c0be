import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elements } from '../../src/base/type.ts'
import { topological } from '../../src/ir/walk.ts'
import { verify } from '../../src/ir/verify.ts'
import { addAt } from '../../src/ops/add-at.ts'
import { gather } from '../../src/ops/gather.ts'
import { constant, filled } from '../../src/ops/leaf.ts'
import { concat } from '../../src/ops/concat.ts'
import { reshape, transpose } from '../../src/ops/shape.ts'
import { overlaps } from '../../src/passes/pixel-major/pixels.ts'
import { simplify } from '../../src/passes/simplify/simplify.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Rows that are gathered anyway are gathered from, or to, where they are wanted: nothing else moves them. */

const list = (values: readonly number[]) => constant('int64', [values.length], values)

/** Blocks of rows in another order: [first, second, block · width] with its first axes exchanged. */
const exchanged = (rows: Node, first: number, second: number): Node =>
  reshape(
    transpose(reshape(rows, [first, second, elements(rows.shape) / first / second]), [1, 0, 2]),
    rows.shape,
  )

async function withoutMoves(node: Node, read: Node) {
  const [after = node] = simplify(graph([node], [read])).outputs.map((output) => output.node)
  verify([after])
  expect(topological([after]).map(({ op }) => op.name)).not.toContain('transpose')
  const feeds = new Map([[read, normals(elements(read.shape), 1)]])
  expect(await evaluate([after], feeds)).toEqual(await evaluate([node], feeds))
}

const sizes = fc.record({
  first: fc.integer({ min: 2, max: 4 }),
  second: fc.integer({ min: 2, max: 4 }),
  block: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 1000 }),
})
const read = (count: number, seed: number) =>
  Array.from({ length: 5 }, (_, i) => (i * 7 + seed * (i + 1)) % count)

describe('blocks of rows that change places', () => {
  test('and are gathered: from their old places', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ first, second, block, seed }) => {
        const count = first * second * block
        const rows = leaf('float64', [count, 2, 3])
        await withoutMoves(gather(exchanged(rows, first, second), list(read(count, seed))), rows)
        const padded = concat([exchanged(rows, first, second), filled('float64', [1, 2, 3], 0)], 0)
        await withoutMoves(gather(padded, list([count, ...read(count + 1, seed)])), rows)
      }),
      { numRuns: 20 },
    )
  })

  test('and were gathered and added to: to their new places', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ first, second, block, seed }) => {
        const count = first * second * block
        const rows = leaf('float64', [7, 3])
        const picked = gather(rows, list(Array.from({ length: count }, (_, i) => (i * 3 + seed) % 7)))
        const sum = addAt(picked, list([seed % count, (seed + 1) % count]), gather(rows, list([6, 0])))
        await withoutMoves(exchanged(sum, first, second), rows)
      }),
      { numRuns: 20 },
    )
  })
})

test('every pixel of tiles that lies on the map is counted once, on its pixel', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 2, max: 9 }),
      fc.constantFrom(2, 4),
      fc.integer({ min: 0, max: 2 }),
      (height, width, step, padding) => {
        const side = step + 2
        const [down, across] = [height, width].map((size) => Math.ceil((size + 2 * padding - 2) / step))
        const lists = overlaps([height, width], side, step, padding, [down ?? 0, across ?? 0])
        const inside = (offsets: number, tiles: number, size: number) =>
          Array.from(
            { length: tiles * offsets },
            (_, i) => (i % tiles) * step + Math.floor(i / tiles),
          ).filter((position) => position >= padding && position < size + padding).length
        const none = side * side * (down ?? 0) * (across ?? 0)
        const sources = lists.flat().filter(({ source }) => source !== none)
        expect(new Set(sources.map(({ source }) => source)).size).toBe(sources.length)
        expect(sources.length).toBe(inside(side, down ?? 0, height) * inside(side, across ?? 0, width))
        for (const each of lists) expect(new Set(each.map(({ place }) => place)).size).toBe(each.length)
        expect(lists[0].map(({ place }) => place)).toEqual(
          Array.from({ length: height * width }, (_, place) => place),
        )
      },
    ),
  )
})
