import { primed } from '../ir/value-names.ts'
import { trace, type Trace, type Training } from '../cut/trace.ts'
import { Registry, type TracedParameter } from '../cut/registry.ts'
import { UserError } from '../base/error.ts'
import { gradients } from '../grad/reverse.ts'
import { teaches } from '../grad/teaches.ts'
import { global } from '../lang/credit.ts'
import { filled } from '../ops/leaf.ts'
import { compareSides, type LayerComparison } from './comparable.ts'
import { trainingOf } from './program.ts'
import { tracedProgram } from './traced.ts'
import type { GraphPlan } from './plan.ts'
import type { Binding } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'
import type { TracedLayer } from '../cut/trace-layer.ts'
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
  readonly blockUpdates: Trace['blockUpdates']
  /** Of the encoder alone, from the input to the top; what belongs to rules, or is frozen, is not compared. */
  readonly parameters: readonly ComparedParameter[]
  readonly registry: Registry
  readonly rows: Binding
  /** What is known of the two sides before they are measured, from the input to the top. */
  readonly sides: readonly LayerComparison[]
}

/** Gradients alone are asked for: nothing moves. */
const still: Optimizer = {
  name: 'still',
  settings: {},
  rate: { kind: 'constant', lr: 0 },
  states: [],
  update: ({ parameter }) => ({ parameter, states: [] }),
}

/**
 * Traces a program as it is, and again with its rule under global credit. There the loss counts alone: what a
 * rule of explicit updates (feedback alignment, say) makes of it is not backpropagation.
 *
 * @throws UserError where the rule has no loss at the top, or one that does not reach what the program teaches.
 */
export function compareGradients(program: Program): Comparison {
  const registry = new Registry()
  // Both sides are measured in full precision.
  const training = { ...trainingOf(program), scaled: false, optimizer: still }
  const own = tracedProgram(program, training, registry)
  registry.traceAgain()
  const [top] = traceGlobally(
    { ...training, learn: { ...global(training.learn.rule), origin: training.learn.origin } },
    registry,
  )
  if (!top?.loss) throw withoutLoss(program)
  const encoder = own.layers.flatMap(({ name, forward }) =>
    registry.parameters.filter(({ layer, node, fixed }) => layer === name && !fixed && forward.has(node)),
  )
  const local = new Map(
    own.blockUpdates.flatMap(({ taught }) =>
      taught.map(({ parameter, gradient }) => [parameter.node, gradient] as const),
    ),
  )
  const reached = new Set(teaches(top.loss))
  const missed = encoder.find(({ node }) => local.has(node) && !reached.has(node))
  if (missed) throw outOfReach(program, missed)
  const backpropagated = gradients(
    top.loss,
    encoder.map(({ node }) => node),
  )
  const parameters = encoder.map((parameter, i): ComparedParameter => {
    const { node } = parameter
    const none = filled(node.dtype, node.shape, 0)
    return { ...parameter, local: local.get(node) ?? none, global: backpropagated[i] ?? none }
  })
  const rows = { name: training.input, node: training.rows }
  const { layers, blockUpdates } = own
  const states = new Set(registry.states.map(({ name }) => name))
  const sides = compareSides({ layers, own: blockUpdates, global: top, parameters, states })
  return { program, layers, blockUpdates, parameters, registry, rows, sides }
}

function traceGlobally(training: Training, registry: Registry): Trace['blockUpdates'] {
  try {
    return trace(training, registry).blockUpdates
  } catch (error) {
    if (error instanceof UserError)
      error.note(
        'while its loss at the top was backpropagated, to compare with: global(…) in place of its credit',
      )
    throw error
  }
}

const incomparable = ({ name, learn }: Program, why: string, help: string): UserError =>
  new UserError('AlignmentError', `'${name}' cannot be compared with backpropagation: ${why}`, {
    origin: learn.origin,
    help,
  })

const withoutLoss = (program: Program): UserError =>
  incomparable(
    program,
    `'${program.learn.rule.name}' has no loss`,
    'A rule that returns explicit updates alone has no gradient to be compared with.',
  )

const outOfReach = (program: Program, { name }: TracedParameter): UserError =>
  incomparable(
    program,
    `under global credit the loss of '${program.learn.rule.name}' at the top does not reach '${name}'`,
    "Is there a .stopGradient() on the layer's own activity, or on the loss?",
  )

/** The graph of a comparison: outputs of its own, and the memories that rules carry from step to step. */
export function comparisonPlan(
  { rows, registry, blockUpdates }: Comparison,
  { name, description, outputs }: Pick<GraphPlan, 'name' | 'description' | 'outputs'>,
): GraphPlan {
  const states = new Set(registry.states.map((state) => state.name))
  const memories = blockUpdates.flatMap(({ updates }) => updates.filter((update) => states.has(update.name)))
  return {
    name,
    description,
    inputs: [rows, ...registry.inputs()],
    outputs: [
      ...outputs,
      ...memories.map(({ name, node }) => ({
        name: primed(name),
        node,
        role: 'state' as const,
        updates: name,
      })),
    ],
    drop: [],
  }
}
