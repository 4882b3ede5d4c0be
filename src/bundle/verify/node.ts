import { MOST_ITEMS, MOST_NAMES } from './limits.ts'
import { quoted, Refused } from './refused.ts'
import { readTensor } from './tensors.ts'
import { readFields, type Field, type Span } from './wire.ts'
import type { AttributeValue, ReadGraph, ReadNode } from './structure.ts'

type ReadBody = (span: Span) => ReadGraph

export function readNode(span: Span, readBody: ReadBody): ReadNode {
  let [name, operator] = ['', '']
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, AttributeValue>()
  const add = (list: string[]) => (field: Field) => {
    if (list.length === MOST_NAMES) throw field.refuse(`is one name more than ${MOST_NAMES}`)
    list.push(field.text())
  }
  readFields(span, {
    message: 'a node',
    once: {
      3: (field) => (name = field.text()),
      4: (field) => (operator = field.text()),
      6: (field) => field.text(),
    },
    many: {
      1: add(inputs),
      2: add(outputs),
      5: (field) => {
        const [attribute, value] = readAttribute(field.part(), readBody)
        if (attributes.has(attribute)) throw field.refuse(`gives ${quoted(attribute)} for the second time`)
        attributes.set(attribute, value)
      },
    },
    never: { 7: 'names a domain of operators' },
  })
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

function readAttribute(span: Span, readBody: ReadBody): readonly [string, AttributeValue] {
  let name = ''
  let type: number | undefined
  const values: AttributeValue[] = []
  const wholes: number[] = []
  readFields(span, {
    message: 'an attribute',
    once: {
      1: (field) => (name = field.text()),
      2: (field) => values.push({ kind: 'float', value: field.float() }),
      3: (field) => values.push({ kind: 'whole', value: field.whole() }),
      4: (field) => values.push({ kind: 'text', value: field.text() }),
      5: (field) => values.push({ kind: 'tensor', value: readTensor(field.part(), 'an attribute') }),
      6: (field) => values.push({ kind: 'graph', value: readBody(field.part()) }),
      20: (field) => (type = field.whole()),
    },
    many: {
      8: (field) => {
        for (const whole of field.wholes(MOST_ITEMS)) {
          if (wholes.length === MOST_ITEMS) throw field.refuse(`lists more than ${MOST_ITEMS} numbers`)
          wholes.push(whole)
        }
      },
    },
  })
  const kind = type === undefined ? undefined : types.get(type)
  if (wholes.length > 0 || kind === 'wholes') values.push({ kind: 'wholes', value: wholes })
  const [value, ...others] = values
  if (!value || others.length > 0 || value.kind !== kind)
    throw new Refused(`attribute ${quoted(name)} is not one value of the type that it names`)
  return [name, value]
}
