import { sameShape, showType, type Type } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { add, mul } from './elementwise.ts'
import { input } from './leaf.ts'
import { is } from './is.ts'
import { noWork, opaque } from './traits.ts'
import type { DType } from '../base/dtype.ts'
import type { Node, Op, Operand, Region } from '../ir/node.ts'

/** Loops (ONNX's Scan): all turns do the same, and none reads what another made. */

/** A value inside a loop, and the value outside that it is, or is a part of. */
export interface Given {
  readonly inner: Node
  readonly outer: Node
}

export interface Loop {
  /** Inner values that are, turn by turn, the items of the outer ones along their first axis. */
  readonly scanned: readonly [Given, ...Given[]]
  /** Inner values that are the same in each turn. */
  readonly whole: readonly Given[]
  /** Inner results that are added up over the turns. */
  readonly summed: readonly Node[]
  /** Inner results of all turns, stacked along a new first axis. */
  readonly stacked: readonly Node[]
}

/** The results of a loop outside it. */
export interface LoopResults {
  readonly summed: readonly Node[]
  readonly stacked: readonly Node[]
}

export function makeLoop({ scanned, whole, summed, stacked }: Loop): LoopResults {
  const given = [...scanned, ...whole]
  const named = (name: string, nodes: readonly Node[]) =>
    nodes.map((node, i) => ({ name: `${name}${i}`, node }))
  const loop = make(
    loopOp,
    given.map(({ outer }) => outer),
    { scanned: scanned.length, summed: summed.length },
    [
      {
        inputs: named(
          'given',
          given.map(({ inner }) => inner),
        ),
        outputs: [...named('sum', summed), ...named('item', stacked)],
      },
    ],
  )
  const results = resultsOfLoop(loop)
  return { summed: results.slice(0, summed.length), stacked: results.slice(summed.length) }
}

/** Each result of a loop as a node of its own. */
export const resultsOfLoop = (loop: Node): readonly Node[] =>
  (loop.results ?? []).map((_, index) => make(loopResultOp, [loop], { index }))

/** The first of the operands are scanned, the first of the results summed. */
export type LoopAttributes = Readonly<{ scanned: number; summed: number }>

/** How often a loop does what it does. */
export const turnsOf = ({ inputs: [first] }: { readonly inputs: readonly Type[] }): number => {
  const [turns] = first?.shape ?? []
  if (turns === undefined) throw new Misfit('needs a first operand with an axis to go along')
  return turns
}

function typesOfResults(
  inputs: readonly Operand[],
  { scanned, summed }: LoopAttributes,
  [body]: readonly Region[],
): readonly [Type, ...Type[]] {
  if (!body) throw new Misfit('has no body')
  const turns = turnsOf({ inputs })
  if (scanned < 1 || inputs.length !== body.inputs.length)
    throw new Misfit(`gives ${inputs.length} values to a body of ${body.inputs.length}`)
  for (const [i, { node: inner }] of body.inputs.entries()) {
    const outer = inputs[i]
    const given = outer && i < scanned ? { ...outer, shape: outer.shape.slice(1) } : outer
    const isSame = given?.dtype === inner.dtype && sameShape(given.shape, inner.shape)
    if (!isSame || (i < scanned && outer?.shape[0] !== turns))
      throw new Misfit(
        `operand ${i}, ${outer ? showType(outer) : 'nothing'}, cannot be ${showType(inner)} in each of ${turns} turns`,
      )
  }
  const [first, ...others] = body.outputs.map(({ node: { dtype, shape } }, i): Type => ({
    dtype,
    shape: i < summed ? shape : [turns, ...shape],
  }))
  if (!first || summed > body.outputs.length) throw new Misfit('has no results')
  return [first, ...others]
}

/** Products of items and a factor, added up, and their sums, stacked. */
function sampleBody(dtype: DType): Region {
  const [item, factor] = [input('activity', 'item', dtype, [2]), input('activity', 'factor', dtype, [2])]
  return {
    inputs: [
      { name: 'item', node: item },
      { name: 'factor', node: factor },
    ],
    outputs: [
      { name: 'products', node: mul(item, factor) },
      { name: 'sums', node: add(item, factor) },
    ],
  }
}

export const loopOp: Op<LoopAttributes> = {
  name: 'loop',
  traits: opaque(noWork),
  infer: (inputs, attributes, regions) => typesOfResults(inputs, attributes, regions)[0],
  results: typesOfResults,
  emit: (emitter, { attributes: { scanned, summed }, regions: [body] }, operands) => {
    if (!body) throw new Error('a loop lost its body')
    return emitter.scan(operands.slice(0, scanned), operands.slice(scanned), body, summed)
  },
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
        { dtype: 'float64', shape: [2], values: [10, 100] },
      ],
      attributes: { scanned: 1, summed: 1 },
      regions: (dtype) => [sampleBody(dtype)],
      expect: [90, 1200, 11, 102, 13, 104, 15, 106],
    },
  ],
}

/** One of the results of a loop. */
export const loopResultOp: Op<Readonly<{ index: number }>> = {
  name: 'loopResult',
  traits: opaque(noWork),
  selects: true,
  infer: ([loop], { index }) => {
    const type = loop?.results?.[index]
    if (!type) throw new Misfit(`there is no result ${index}`)
    return type
  },
  emit: (_, { attributes: { index } }, results) => {
    const value = results[index]
    if (value === undefined) throw new Error(`the loop has no result ${index}`)
    return value
  },
  samples: [],
}

/** Whether a node is a loop, whose results others take. */
export const isLoop = (node: Node): node is Node<LoopAttributes> => is(node, loopOp)

export const loopOps = [loopOp, loopResultOp]
