import { ternary } from './arity.ts'
import { sizeOf } from '../base/shapes.ts'
import { showType } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { gather } from './gather.ts'
import { noWork, opaque } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/**
 * Adds to some rows. No row is named twice: providers add up in any order, and results must have the same bits. So it
 * is an op of the compiler's own graphs (tiles that overlap), not of the language.
 */
export const addAtOp: Op = {
  name: 'addAt',
  traits: opaque(noWork),
  infer: ([x, rows, updates]) => {
    if (!x || !rows || !updates) throw new Misfit('needs a tensor, rows and updates')
    if (rows.dtype !== 'int64' || rows.shape.length !== 1)
      throw new Misfit(`rows are ${showType(rows)}, not a list of int64`)
    if (String(updates.shape) !== String([...rows.shape, ...x.shape.slice(1)]) || updates.dtype !== x.dtype)
      throw new Misfit(`${showType(updates)} does not fit ${rows.shape.join()} rows of ${showType(x)}`)
    return x
  },
  gradient: ({ inputs: [, rows] }, g) => [() => g, undefined, rows && (() => gather(g, rows))],
  emit: (emitter, node, [x, rows, updates]) => {
    const count = sizeOf(ternary(node)[1].shape, 0)
    const places = emitter.node('Reshape', [rows, emitter.integers([count, 1])], {
      dtype: 'int64',
      shape: [count, 1],
    })
    return emitter.node('ScatterND', [x, places, updates], node, { reduction: 'add' })
  },
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [3, 2], values: [0, 1, 2, 3, 4, 5] },
        { dtype: 'int64', shape: [2], values: [2, 0] },
        { dtype: 'float64', shape: [2, 2], values: [10, 20, 30, 40] },
      ],
      attributes: {},
      expect: [30, 41, 2, 3, 14, 25],
    },
    {
      inputs: [
        { dtype: 'float64', shape: [4, 2, 3], range: 'smooth' },
        { dtype: 'int64', shape: [2], values: [1, 3] },
        { dtype: 'float64', shape: [2, 2, 3], range: 'smooth' },
      ],
      attributes: {},
    },
  ],
}

/** `x` with updates added to the rows, its first axis, at `rows`: each at most once. */
export const addAt = (x: Node, rows: Node, updates: Node): Node => make(addAtOp, [x, rows, updates], {})

export const addAtOps = [addAtOp]
