import { describe, expect, test } from 'vitest'
import { elements } from '../../src/base/type.ts'
import { at, present } from '../../src/base/lists.ts'
import { reshape, transpose } from '../../src/ops/shape.ts'
import { relu } from '../../src/ops/unary.ts'
import { asTheyLie, inOrder, nothingHandedOn } from '../../src/passes/pixel-major/lying.ts'
import { evaluate, leaf } from '../support/evaluate.ts'
import { graph } from '../support/with-algorithm.ts'
import { normals } from '../support/samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** An activity that was put in order crosses as it lay before, and whoever reads it puts it in order. */

const given = leaf('float64', [6, 4])
const slices = relu(given)

/** Of a graph with this one output, what crosses, and how. */
function crossing(node: Node) {
  const { source, lying } = asTheyLie(
    { ...nothingHandedOn, pixelMajor: new Set(['out0']), source: graph([node], [given]) },
    new Set(['out0']),
  )
  return { crosses: at(source.outputs, 0).node, how: lying.get('out0') }
}

async function comesToTheSame(node: Node, crosses: Node): Promise<void> {
  const { how } = crossing(node)
  const again = inOrder(crosses, present(how, 'how it crosses'), node.shape)
  const feeds = new Map([[given, normals(elements(given.shape), 1)]])
  expect(await evaluate([again], feeds)).toEqual(await evaluate([node], feeds))
}

describe('an activity crosses', () => {
  test('before blocks of it change places', async () => {
    const rows = reshape(transpose(reshape(slices, [3, 2, 4]), [1, 0, 2]), [3, 2, 4])
    expect(crossing(rows)).toEqual({ crosses: slices, how: { shape: [6, 4], blocks: [3, 2, 4] } })
    await comesToTheSame(rows, slices)
  })

  test('before a reshape, which would copy it', async () => {
    const rows = reshape(slices, [3, 2, 4])
    expect(crossing(rows)).toEqual({ crosses: slices, how: { shape: [6, 4], blocks: undefined } })
    await comesToTheSame(rows, slices)
  })

  test('as it is where it was made in order, moved otherwise, or given', () => {
    for (const node of [slices, transpose(slices, [1, 0]), reshape(given, [24])])
      expect(crossing(node)).toEqual({ crosses: node, how: undefined })
  })
})

test('what is no activity leaves in its own shape', () => {
  const node = reshape(slices, [24])
  const own = { ...nothingHandedOn, source: graph([node], [given]) }
  expect(asTheyLie(own, new Set()).source.outputs).toEqual([{ name: 'out0', node }])
})

test('so does what is no map: whoever reads it does not put it in order', () => {
  const node = reshape(slices, [24])
  const { source } = asTheyLie({ ...nothingHandedOn, source: graph([node], [given]) }, new Set(['out0']))
  expect(source.outputs).toEqual([{ name: 'out0', node }])
})
