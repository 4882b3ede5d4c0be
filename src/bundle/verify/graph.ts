import { quoted, Refused } from './refused.ts'
import { readNode } from './node.ts'
import { DEEPEST } from './limits.ts'
import { readTensor, readValueInfo } from './tensors.ts'
import { readFields, type Field, type Span } from './wire.ts'
import type { DeclaredType, ReadGraph, ReadNode, StoredTensor } from './structure.ts'

/** @param depth how many graphs it is within */
export function readGraph(span: Span, depth = 0): ReadGraph {
  if (depth > DEEPEST) throw new Refused(`more than ${DEEPEST} graphs are within each other`)
  const nodes: ReadNode[] = []
  const constants: StoredTensor[] = []
  const lists = { inputs: named(), outputs: named(), values: named() }
  readFields(span, {
    message: depth === 0 ? 'the graph' : 'the body of a loop',
    once: { 2: (field) => field.text(), 10: (field) => field.text() },
    many: {
      1: (field) => {
        span.allowance.take('nodes')
        nodes.push(readNode(field.part(), (body) => readGraph(body, depth + 1)))
      },
      5: (field) => constants.push(readTensor(field.part(), 'a constant')),
      11: lists.inputs.add,
      12: lists.outputs.add,
      13: lists.values.add,
    },
    never: { 15: 'is a sparse constant' },
  })
  const [inputs, outputs, values] = [lists.inputs.list, lists.outputs.list, lists.values.list]
  return { nodes, constants, inputs, outputs, values }
}

function named() {
  const list = new Map<string, DeclaredType>()
  const add = (field: Field): void => {
    const [name, type] = readValueInfo(field.part())
    if (list.has(name)) throw field.refuse(`tells of ${quoted(name)} for the second time`)
    list.set(name, type)
  }
  return { list, add }
}
