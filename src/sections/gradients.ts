import { trace, type Trace, type TracedLayer } from '../cut/trace.ts'
import { Registry, type TracedParameter } from '../cut/registry.ts'
import { UserError } from '../error.ts'
import { global } from '../lang/credit.ts'
import { sgd } from '../lang/optimizers.ts'
import { concat, Tensor } from '../lang/tensor.ts'
import { filled } from '../ops/leaf.ts'
import { emitSection, type EmittedSection, type GraphPlan } from './section.ts'
import { trainingOf } from './program.ts'
import type { Binding } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import type { Program } from '../lang/program.ts'

/** A parameter of the encoder with the gradient that its own loss gives, and that of the top loss. */
export interface ComparedParameter extends TracedParameter {
  readonly local: Node
  readonly global: Node
}

/**
 * A program's updates beside those of backpropagation: of the same rule's loss at the top, through the whole
 * encoder. Both are computed from the same inputs, named alike: parameters (the top layer's projection is one
 * and the same in both), views, draws and labels.
 */
export interface Comparison {
  readonly program: Program
  readonly layers: readonly TracedLayer[]
  readonly lessons: Trace['lessons']
  /** Of the encoder alone, from the input to the top; what belongs to rules is not compared. */
  readonly parameters: readonly ComparedParameter[]
  readonly registry: Registry
  readonly rows: Binding
}

/**
 * Traces a program as it is, and again with its rule under global credit.
 *
 * @throws UserError where the rule's loss at the top teaches not all that the program teaches.
 */
export function compareGradients(program: Program): Comparison {
  const registry = new Registry()
  // Gradients alone are asked for; plain descent keeps no state beside them.
  const training = { ...trainingOf(program), optimizer: sgd({ lr: 0 }) }
  const own = trace(training, registry)
  registry.traceAgain()
  const backpropagated = traceGlobally(() =>
    trace({ ...training, learn: { ...global(program.learn.rule), origin: program.learn.origin } }, registry),
  )
  const [local, top] = [gradientsOf(own), gradientsOf(backpropagated)]
  const owned = own.layers.flatMap(({ name, forward }) =>
    registry.parameters.filter(({ layer, node }) => layer === name && forward.has(node)),
  )
  const parameters = owned.map((parameter): ComparedParameter => {
    const { node, name } = parameter
    const [mine, backward] = [local.get(node), top.get(node)]
    if (mine && !backward) throw noGlobalLoss(program, name)
    const none = filled(node.dtype, node.shape, 0)
    return { ...parameter, local: mine ?? none, global: backward ?? none }
  })
  const rows = { name: training.input, node: training.rows }
  return { program, layers: own.layers, lessons: own.lessons, parameters, registry, rows }
}

const gradientsOf = ({ lessons }: Trace): ReadonlyMap<Node, Node> =>
  new Map(
    lessons.flatMap(({ taught }) =>
      taught.map(({ parameter, gradient }) => [parameter.node, gradient] as const),
    ),
  )

function traceGlobally(body: () => Trace): Trace {
  try {
    return body()
  } catch (error) {
    if (error instanceof UserError)
      error.note(
        'while its loss at the top was backpropagated, to compare with: global(…) in place of its credit',
      )
    throw error
  }
}

const noGlobalLoss = ({ name, learn }: Program, parameter: string): UserError =>
  new UserError(
    'AlignmentError',
    `'${name}' cannot be compared with backpropagation: under global credit '${learn.rule.name}' does not teach '${parameter}'`,
    {
      origin: learn.origin,
      help: 'Its loss at the top must reach every layer: a rule of explicit updates, or one that stops the gradient at its own layer, has no backpropagated form.',
    },
  )

/** The graph of a comparison: outputs of its own, and the memories that rules carry from step to step. */
export function comparisonPlan(
  { rows, registry, lessons }: Comparison,
  { name, description, outputs }: Pick<GraphPlan, 'name' | 'description' | 'outputs'>,
): GraphPlan {
  const states = new Set(registry.states.map((state) => state.name))
  const memories = lessons.flatMap(({ updates }) => updates.filter((update) => states.has(update.name)))
  return {
    name,
    description,
    inputs: [rows, ...registry.inputs()],
    outputs: [
      ...outputs,
      ...memories.map(({ name, node }) => ({
        name: `${name}'`,
        node,
        role: 'state' as const,
        updates: name,
      })),
    ],
    drop: [],
  }
}

/** Every parameter's two gradients in full, `conv1.weight.local` and `conv1.weight.global`. */
export function gradientsSection(comparison: Comparison): EmittedSection {
  const outputs = comparison.parameters.flatMap(({ name, layer, local, global }) => [
    { name: `${name}.local`, node: local, role: 'gradient' as const, layer },
    { name: `${name}.global`, node: global, role: 'gradient' as const, layer },
  ])
  const description = 'Gradients of the encoder: by its own credit and backpropagated from the top.'
  const plan = comparisonPlan(comparison, { name: 'gradients', description, outputs })
  return emitSection([plan], comparison.registry, comparison.program.batch)
}

/** How the two agree, without copies of either: per layer local · global, |local|², |global|². */
export function alignmentSection(comparison: Comparison): EmittedSection {
  const outputs = comparison.layers.flatMap(({ name }) => {
    const own = comparison.parameters.filter(({ layer }) => layer === name)
    if (own.length === 0) return []
    return [{ name: `${name}.alignment`, node: products(own), role: 'alignment' as const, layer: name }]
  })
  const description = 'Products of local and backpropagated gradients, over all parameters of a layer.'
  const plan = comparisonPlan(comparison, { name: 'alignment', description, outputs })
  return emitSection([plan], comparison.registry, comparison.program.batch)
}

/** In float64: squares of small gradients would vanish in float32. */
function products(parameters: readonly ComparedParameter[]): Node {
  const wide = (node: Node) => new Tensor(node).cast('float64')
  const total = (of: (parameter: ComparedParameter) => readonly [Node, Node]) =>
    parameters
      .map((parameter) => {
        const [a, b] = of(parameter)
        return wide(a).mul(wide(b)).sum()
      })
      .reduce((sum, part) => sum.add(part))
      .reshape(1)
  return concat([
    total(({ local, global }) => [local, global]),
    total(({ local }) => [local, local]),
    total(({ global }) => [global, global]),
  ]).node
}
