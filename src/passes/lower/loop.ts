import { print } from '../../ir/print.ts'
import { topological } from '../../ir/walk.ts'
import { make } from '../../ops/define.ts'
import type { Type } from '../../ir/type.ts'
import type { Node, Op } from '../../ir/node.ts'
import type { Value } from '../../ir/emitter.ts'

/** A value inside a loop, and the value outside that it is, or is a part of. */
export interface Given {
  readonly inner: Node
  readonly outer: Node
}

/** A loop (ONNX's Scan): all turns do the same, and none reads what another made. */
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
  const [turns = 0] = scanned[0].outer.shape
  const body = [...summed, ...stacked]
  const op = loopOp(
    given.map(({ inner }) => inner),
    scanned.length,
    body,
    summed.length,
  )
  const loop = make(
    op,
    given.map(({ outer }) => outer),
    { body: print(body), turns },
  )
  const result = (type: Type, index: number) => make(resultOp(type), [loop], { index, turns })
  return {
    summed: summed.map((node, i) => result(node, i)),
    stacked: stacked.map(({ dtype, shape }, i) =>
      result({ dtype, shape: [turns, ...shape] }, summed.length + i),
    ),
  }
}

type LoopAttributes = Readonly<{ body: string; turns: number }>

/** The loop itself; its value stands for all results, which `resultOp` takes apart. */
const loopOp = (
  given: readonly Node[],
  scanned: number,
  body: readonly Node[],
  summed: number,
): Op<LoopAttributes> => ({
  name: 'loop',
  infer: ([first]) => {
    if (!first) throw new Error('a loop over nothing')
    return first
  },
  emit: (emitter, _, operands) =>
    emitter.tuple(
      emitter.scan(
        operands.slice(0, scanned),
        (items, inner) => {
          const values = new Map<Node, Value>(
            given.flatMap((node, i) => {
              const value = i < scanned ? items[i] : operands[i]
              return value === undefined ? [] : [[node, value] as const]
            }),
          )
          const valueOf = (node: Node): Value => {
            const value = values.get(node)
            if (value === undefined) throw new Error(`a loop lost the value of ${node.op.name}`)
            return value
          }
          for (const node of topological(body, (each) => values.has(each)))
            if (!values.has(node)) values.set(node, node.op.emit(inner, node, node.inputs.map(valueOf)))
          return body.map(valueOf)
        },
        summed,
      ),
    ),
  samples: [],
})

const resultOp = ({ dtype, shape }: Type): Op<Readonly<{ index: number; turns: number }>> => ({
  name: 'loopResult',
  infer: () => ({ dtype, shape }),
  emit: (emitter, { attributes: { index } }, [loop]) => {
    if (loop === undefined) throw new Error('no loop to take a result of')
    return emitter.item(loop, index)
  },
  samples: [],
})
