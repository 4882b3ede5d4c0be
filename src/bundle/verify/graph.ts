import { quoted, Refused } from './refused.ts'
import { readNode } from './node.ts'
import { DEEPEST } from './limits.ts'
import { readTensor, readValueInfo } from './tensors.ts'
import { readFields, type Field, type Fields, type Span } from './wire.ts'
import type { DeclaredType, ReadGraph, ReadNode, StoredTensor } from './structure.ts'

interface Graph {
  readonly nodes: ReadNode[]
  readonly constants: StoredTensor[]
  readonly inputs: Map<string, DeclaredType>
  readonly outputs: Map<string, DeclaredType>
  readonly values: Map<string, DeclaredType>
  /** A body of a loop in it. */
  readonly readBody: (span: Span) => ReadGraph
}

function addType(list: Map<string, DeclaredType>, field: Field): void {
  const [name, type] = readValueInfo(field.part())
  if (list.has(name)) throw field.refuse(`tells of ${quoted(name)} for the second time`)
  list.set(name, type)
}

const graphFields: Fields<Graph> = {
  message: 'the graph',
  once: { 2: (field) => field.text(), 10: (field) => field.text() },
  many: {
    1: (field, { nodes, readBody }) => {
      const part = field.part()
      part.allowance.take('nodes')
      nodes.push(readNode(part, readBody))
    },
    5: (field, { constants }) => constants.push(readTensor(field.part())),
    11: (field, { inputs }) => {
      addType(inputs, field)
    },
    12: (field, { outputs }) => {
      addType(outputs, field)
    },
    13: (field, { values }) => {
      addType(values, field)
    },
  },
  never: { 15: 'is a sparse constant' },
}
const bodyFields: Fields<Graph> = { ...graphFields, message: 'the body of a loop' }

/** @param depth how many graphs it is within */
export function readGraph(span: Span, depth = 0): ReadGraph {
  if (depth > DEEPEST) throw new Refused(`more than ${DEEPEST} graphs are within each other`)
  const graph: Graph = {
    ...{ nodes: [], constants: [] },
    ...{ inputs: new Map(), outputs: new Map(), values: new Map() },
    readBody: (body) => readGraph(body, depth + 1),
  }
  readFields(span, depth === 0 ? graphFields : bodyFields, graph)
  return graph
}
