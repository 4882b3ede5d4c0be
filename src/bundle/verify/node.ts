import { MOST_ITEMS, MOST_NAMES } from './limits.ts'
import { quoted, Refused } from './refused.ts'
import { readTensor } from './tensors.ts'
import { readFields, type Field, type Fields, type Span } from './wire.ts'
import type { AttributeValue, ReadGraph, ReadNode } from './structure.ts'

type ReadBody = (span: Span) => ReadGraph

interface Node {
  name: string
  operator: string
  readonly inputs: string[]
  readonly outputs: string[]
  attributes: Map<string, AttributeValue> | undefined
  readonly readBody: ReadBody
}

function addName(list: string[], field: Field): void {
  if (list.length === MOST_NAMES) throw field.refuse(`is one name more than ${MOST_NAMES}`)
  list.push(field.text())
}

const nodeFields: Fields<Node> = {
  message: 'a node',
  once: {
    3: (field, into) => (into.name = field.text()),
    4: (field, into) => (into.operator = field.text()),
    6: (field) => field.text(),
  },
  many: {
    1: (field, { inputs }) => {
      addName(inputs, field)
    },
    2: (field, { outputs }) => {
      addName(outputs, field)
    },
    5: (field, into) => {
      const [attribute, value] = readAttribute(field.part(), into.readBody)
      into.attributes ??= new Map()
      if (into.attributes.has(attribute)) throw field.refuse(`gives ${quoted(attribute)} for the second time`)
      into.attributes.set(attribute, value)
    },
  },
  never: { 7: 'names a domain of operators' },
}

/** Of most nodes. */
const noAttributes: ReadonlyMap<string, AttributeValue> = new Map()

export function readNode(span: Span, readBody: ReadBody): ReadNode {
  const node: Node = { name: '', operator: '', inputs: [], outputs: [], attributes: undefined, readBody }
  readFields(span, nodeFields, node)
  const { name, operator, inputs, outputs, attributes = noAttributes } = node
  if (operator === '' || outputs.length === 0) throw new Refused('a node has no operator, or gives nothing')
  return { name, operator, inputs, outputs, attributes }
}

/** ONNX's numbers for the types of attributes. */
const types: ReadonlyMap<number, AttributeValue['kind']> = new Map([
  [1, 'float'],
  [2, 'whole'],
  [3, 'text'],
  [4, 'tensor'],
  [5, 'graph'],
  [7, 'wholes'],
])

interface Attribute {
  name: string
  type: number | undefined
  readonly values: AttributeValue[]
  readonly wholes: number[]
  readonly readBody: ReadBody
}

const attributeFields: Fields<Attribute> = {
  message: 'an attribute',
  once: {
    1: (field, into) => (into.name = field.text()),
    2: (field, { values }) => values.push({ kind: 'float', value: field.float() }),
    3: (field, { values }) => values.push({ kind: 'whole', value: field.whole() }),
    4: (field, { values }) => values.push({ kind: 'text', value: field.text() }),
    5: (field, { values }) => values.push({ kind: 'tensor', value: readTensor(field.part()) }),
    6: (field, { values, readBody }) => values.push({ kind: 'graph', value: readBody(field.part()) }),
    20: (field, into) => (into.type = field.whole()),
  },
  many: {
    8: (field, { wholes }) => {
      for (const whole of field.wholes(MOST_ITEMS)) {
        if (wholes.length === MOST_ITEMS) throw field.refuse(`lists more than ${MOST_ITEMS} numbers`)
        wholes.push(whole)
      }
    },
  },
}

function readAttribute(span: Span, readBody: ReadBody): readonly [string, AttributeValue] {
  const attribute: Attribute = { name: '', type: undefined, values: [], wholes: [], readBody }
  readFields(span, attributeFields, attribute)
  const { name, type, values, wholes } = attribute
  const kind = type === undefined ? undefined : types.get(type)
  if (wholes.length > 0 || kind === 'wholes') values.push({ kind: 'wholes', value: wholes })
  const [value, ...others] = values
  if (!value || others.length > 0 || value.kind !== kind)
    throw new Refused(`attribute ${quoted(name)} is not one value of the type that it names`)
  return [name, value]
}
