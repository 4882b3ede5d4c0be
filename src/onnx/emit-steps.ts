import { isInput } from '../ops/leaf.ts'
import { sameShape } from '../base/type.ts'
import { like } from '../ir/context.ts'
import { reshape } from '../ops/shape.ts'
import { inputsOf, modelBytes, sorted, writeNodes, type EmittedGraph } from './emit.ts'
import { GraphWriter } from './graph-writer.ts'
import { NodeValues } from './node-values.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import type { Value } from '../ir/emitter.ts'

/** Names of values inside the loop, which may not be those of the graph around it. */
const inStep = (name: string): string => `each/${name}`

/** What such a graph is given: what its outputs depend on, and what they replace. */
export function inputsOfSteps(source: GraphSource, updates: ReadonlyMap<string, string>): readonly Binding[] {
  const used = new Set(inputsOf(source))
  const changed = new Set(updates.values())
  return source.inputs.filter((binding) => used.has(binding) || changed.has(binding.name))
}

/**
 * Lowers nodes to a graph that does any number of steps in one run: a loop (ONNX's Scan) whose body is what
 * `emitGraph` writes. Parameters and states that the graph changes go from step to step and leave it once; those
 * that it only reads are given once; all else, inputs and outputs, is stacked along a first axis `steps`.
 *
 * @param updates names of outputs that are new values, with the name of the input that each replaces
 */
export function emitSteps(source: GraphSource, updates: ReadonlyMap<string, string>): EmittedGraph {
  const { order } = sorted(source)
  const changed = new Set(updates.values())
  const inputs = inputsOfSteps(source, updates)
  const named = new Map(inputs.map((binding) => [binding.name, binding]))
  const renewing = source.outputs.filter(({ name }) => updates.has(name))
  const states = renewing.map(({ name }): Binding => {
    const state = named.get(updates.get(name) ?? '')
    if (!state) throw new Error(`'${name}' replaces what graph '${source.name}' is not given`)
    return state
  })
  const scanned = inputs.filter((binding) => !changed.has(binding.name) && !isKept(binding))
  if (scanned.length === 0) throw new Error(`graph '${source.name}' is given nothing in a step`)
  const results = source.outputs.filter(({ name }) => !updates.has(name))

  const writer = new GraphWriter()
  const stacked = new Set(scanned)
  const outer = new Map(
    inputs.map((binding): [Binding, Value] => {
      const { name, node } = binding
      return [binding, writer.input(writer.reserve(name), node, stacked.has(binding) ? 'steps' : undefined)]
    }),
  )
  for (const { name } of source.outputs) writer.reserve(name)
  const inner = new GraphWriter(writer)
  const values = new NodeValues(inputs.flatMap((each): [Node, Value][] => pair(each.node, outer.get(each))))
  for (const { name, node } of [...states, ...scanned])
    values.set(node, inner.input(writer.reserve(inStep(name)), node))
  const outputs = [...renewing, ...results]
  const body = outputs.map(({ name, node }) => ({ name: writer.reserve(inStep(name)), node }))
  writeNodes(inner, { ...source, outputs: body }, order, values)
  for (const { node, name } of body) inner.output(name, values.of(node), node)
  const outerOf = (bindings: readonly Binding[]) => bindings.flatMap((each) => outer.get(each) ?? [])
  writer.loop('steps', inner, {
    inputs: [...outerOf(states), ...outerOf(scanned)],
    outputs: outputs.map(({ name, node }, i) =>
      writer.result(name, node, i >= states.length ? 'steps' : undefined),
    ),
    scanned: scanned.length,
  })
  return {
    bytes: modelBytes(writer.finish(source.name, source.description)),
    inputs,
    nodes: inner.nodes.count,
  }
}

const pair = (node: Node, value: Value | undefined): [Node, Value][] =>
  value === undefined ? [] : [[node, value]]

/** Parameters and states: given once, whoever changes them. */
const isKept = ({ node }: Binding): boolean =>
  isInput(node) && (node.attributes.role === 'parameter' || node.attributes.role === 'state')

/** New values that come in blocks, in the shape of what they replace: what goes round a loop keeps its shape. */
export function inShapeOfStates(source: GraphSource, updates: ReadonlyMap<string, string>): GraphSource {
  const shapes = new Map(source.inputs.map(({ name, node }) => [name, node.shape]))
  const outputs = source.outputs.map(({ name, node }) => {
    const shape = shapes.get(updates.get(name) ?? '')
    if (!shape || sameShape(shape, node.shape)) return { name, node }
    return { name, node: like(node, () => reshape(node, shape)) }
  })
  return { ...source, outputs }
}
