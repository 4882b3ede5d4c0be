import { printable } from '../base/printable.ts'
import { attributeText, inlineText, tensorText, typeText } from './text-values.ts'
import type { GraphProto, Model, NodeProto } from './proto.ts'

/**
 * Readable text of an ONNX model: inputs, outputs and constants, then one node per line in the order of the
 * file, with the type of its result, its attributes and the line of the program that it stands for. Short
 * constants stand where they are read, so that one more of them does not rename all others in the text. The
 * same model always gives the same text.
 */
export function modelText({ graph, irVersion, opsetImport, producerName }: Model): string {
  const opsets = (opsetImport ?? []).map(({ domain, version }) => `${domain ?? ''} ${version ?? '?'}`.trim())
  const made = producerName ? `, made by ${producerName}` : ''
  const head = `ONNX model: IR ${irVersion ?? '?'}, opset ${opsets.join(', ')}${made}`
  return `${[head, ...(graph ? graphLines(graph) : [])].map(printable).join('\n')}\n`
}

function graphLines(graph: GraphProto): string[] {
  const values = [...(graph.input ?? []), ...(graph.output ?? []), ...(graph.valueInfo ?? [])]
  const types = new Map(values.map(({ name, type }) => [name ?? '', typeText(type)]))
  const typed = (name: string) => (types.has(name) ? `${name}: ${types.get(name) ?? ''}` : name)
  const constants = (graph.initializer ?? []).map((tensor) => ({ tensor, inline: inlineText(tensor) }))
  const inlined = new Map(constants.map(({ tensor, inline }) => [tensor.name ?? '', inline]))
  const operand = (name: string) => (name === '' ? '–' : (inlined.get(name) ?? name))
  const listed = (infos: GraphProto['input']) => (infos ?? []).map(({ name }) => typed(name ?? ''))
  return [
    `graph ${graph.name ?? ''}${graph.docString ? `: ${graph.docString}` : ''}`,
    ...block('inputs', listed(graph.input)),
    ...block('outputs', listed(graph.output)),
    ...block(
      'constants',
      constants
        .filter(({ inline }) => inline === undefined)
        .map(({ tensor }) => `${tensor.name ?? ''}: ${tensorText(tensor)}`),
    ),
    ...block('nodes', nodeLines(graph, typed, operand)),
  ]
}

type Named = (name: string) => string

/** The body of a loop follows its node, indented: what it is given, its nodes, and what it gives. */
function nodeLines(graph: GraphProto, typed: Named, operand: Named): string[] {
  return (graph.node ?? []).flatMap((node) => {
    const line = nodeLine(node, typed, operand)
    const bodies = (node.attribute ?? []).flatMap(({ g }) => (g ? [g] : []))
    return [line, ...bodies.flatMap((body) => bodyLines(body, operand)).map((inner) => `  ${inner}`)]
  })
}

function bodyLines(body: GraphProto, operand: Named): string[] {
  const infos = [...(body.input ?? []), ...(body.output ?? []), ...(body.valueInfo ?? [])]
  const types = new Map(infos.map(({ name, type }) => [name ?? '', typeText(type)]))
  const typed = (name: string) => `${name}: ${types.get(name) ?? '?'}`
  const listed = (values: GraphProto['input']) => (values ?? []).map(({ name }) => name ?? '')
  return [
    `for ${listed(body.input).map(typed).join(', ')}`,
    ...nodeLines(body, typed, operand),
    `give ${listed(body.output).join(', ')}`,
  ]
}

const block = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]

/** `conv1/conv2d: float32[8, 4, 6, 6] = Conv(x, conv1.weight) pads=[1, 1, 1, 1]  # mine.ts:9:34` */
function nodeLine(
  node: NodeProto,
  typed: (name: string) => string,
  operand: (name: string) => string,
): string {
  const operator = `${node.domain ? `${node.domain}.` : ''}${node.opType ?? '?'}`
  const results = (node.output ?? []).map(typed).join(', ')
  const operands = (node.input ?? []).map(operand).join(', ')
  const attributes = (node.attribute ?? []).map((attribute) => ` ${attributeText(attribute)}`).join('')
  return `${results} = ${operator}(${operands})${attributes}${node.docString ? `  # ${node.docString}` : ''}`
}
