import { UserError } from '../../error.ts'
import { bytesPerElement } from '../../ir/dtype.ts'
import { topological } from '../../ir/walk.ts'
import { inputGradientOp, isConvolution, weightGradientOp } from '../../ops/conv.ts'
import { is } from '../../ops/is.ts'
import { isInput } from '../../ops/leaf.ts'
import { hasColumns } from './columns.ts'
import { directions, microseconds, parts, type Direction, type Geometry, type Part } from './cost.ts'
import { forms, type Form } from './form.ts'
import { isWinograd } from './winograd.ts'
import { at } from '../../lists.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

/** Where graphs are meant to run. */
export const targets = ['cpu', 'cuda', 'portable'] as const
export type Target = (typeof targets)[number]

export interface Request {
  readonly target: Target
  /** Bytes that the temporaries of one convolution and its gradients may take. */
  readonly memory: number
  /** Forms asked for: `conv4`, or one direction of it, `conv4.forward`. */
  readonly overrides: ReadonlyMap<string, Form>
  /** Hears what each pass made of each graph. */
  readonly observe?: ((told: AfterPass) => void) | undefined
}

/** A graph as a pass left it. */
export interface AfterPass {
  readonly pass: string
  readonly source: GraphSource
  /** Graphs that were taken out of it. */
  readonly updates: readonly GraphSource[]
  readonly milliseconds: number
}

/** Enough for the paper's networks at its batch size. */
export const DEFAULT_MEMORY = 4 * 2 ** 30
export const defaultRequest: Request = { target: 'cpu', memory: DEFAULT_MEMORY, overrides: new Map() }

/** What was decided for one convolution or gradient, and why. */
export interface Choice {
  readonly convolution: string
  readonly direction: Direction
  readonly form: Form
  readonly reason: 'fastest' | 'asked for' | 'target' | 'float64' | 'only one'
  /** Estimated milliseconds of one core, alone and not shared with the other two directions. */
  readonly estimates: Readonly<Partial<Record<Form, number>>>
  /** Bytes of its temporaries in the form chosen. */
  readonly temporary: number
}

export interface Plan {
  readonly forms: ReadonlyMap<Node, Form>
  readonly choices: readonly Choice[]
}

type Convolution = Node<ConvAttributes>

const directionOf = (node: Node): Direction => {
  if (is(node, weightGradientOp)) return 'weightGradient'
  return is(node, inputGradientOp) ? 'inputGradient' : 'forward'
}

/** A convolution with those of its gradients that the graph computes. */
interface Group {
  readonly name: string
  readonly geometry: Geometry
  readonly float32: boolean
  readonly members: Map<Direction, Convolution>
}

/**
 * Chooses a form for every convolution of a graph and its gradients together, as they share parts: the
 * combination of the least estimated time whose temporaries fit.
 */
export function plan(source: GraphSource, request: Request): Plan {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  const nodes = topological(roots, (node) => bound.has(node))
  const chosen = new Map<Node, Form>()
  const choices = groupsOf(nodes).flatMap((group) => {
    const decided = decide(group, request)
    return [...group.members].map(([direction, node]): Choice => {
      const { form, reason } = decided.get(direction) ?? {
        form: 'conv' as const,
        reason: 'only one' as const,
      }
      chosen.set(node, form)
      return {
        convolution: group.name,
        direction,
        form,
        reason,
        estimates: estimates(group, direction),
        temporary: sum(parts(group.geometry, direction, form).map(({ temporary }) => temporary)),
      }
    })
  })
  return { forms: chosen, choices }
}

/** A gradient belongs to the convolution of the same input, or of the same weights; else it stands alone. */
function groupsOf(nodes: readonly Node[]): Group[] {
  const groups: Group[] = []
  for (const node of nodes) {
    if (!isConvolution(node)) continue
    const direction = directionOf(node)
    const same = groups.find(({ members }) => !members.has(direction) && belongs(node, direction, members))
    if (same) same.members.set(direction, node)
    else
      groups.push({
        name: nameOf(node, direction),
        geometry: geometryOf(node, direction),
        float32: node.dtype === 'float32',
        members: new Map([[direction, node]]),
      })
  }
  return groups
}

function belongs(
  node: Convolution,
  direction: Direction,
  members: ReadonlyMap<Direction, Convolution>,
): boolean {
  const forward = members.get('forward')
  if (!forward) return false
  const sameWindow = (['kernel', 'stride', 'padding', 'dilation'] as const).every(
    (key) => String(node.attributes[key]) === String(forward.attributes[key]),
  )
  return (
    sameWindow &&
    (direction === 'weightGradient'
      ? node.inputs[0] === forward.inputs[0] && String(node.shape) === String(forward.inputs[1]?.shape)
      : node.inputs[1] === forward.inputs[1] && String(node.inputs[0]?.shape) === String(forward.shape))
  )
}

function geometryOf(node: Convolution, direction: Direction): Geometry {
  const [a, b] = node.inputs
  if (!a || !b) throw new Error(`${node.op.name} lost its operands`)
  const [input, output, weight] = {
    forward: [a.shape, node.shape, b.shape],
    weightGradient: [a.shape, b.shape, node.shape],
    inputGradient: [node.shape, a.shape, b.shape],
  }[direction]
  return {
    input: input ?? [],
    output: output ?? [],
    weight: weight ?? [],
    attributes: node.attributes,
    bytesPerElement: bytesPerElement[node.dtype],
    first: direction !== 'inputGradient' && isInput(a),
  }
}

/** After the weights: `conv4` for `conv4.weight`; else where the convolution was made. */
function nameOf(node: Convolution, direction: Direction): string {
  const weight = direction === 'weightGradient' ? undefined : node.inputs[1]
  const name = weight && isInput(weight) ? weight.attributes.name : node.scope.replaceAll("'", '')
  return name.replace(/\.weight$/, '')
}

const applicable = ({ geometry: { attributes } }: Group): Form[] =>
  forms.filter((form) => {
    if (form === 'conv') return true
    return form === 'columns' ? hasColumns(attributes) : isWinograd(attributes)
  })

type Decision = Pick<Choice, 'form' | 'reason'>

function decide(group: Group, request: Request): Map<Direction, Decision> {
  const fixed = new Map(
    [...group.members.keys()].map((direction) => [direction, imposed(group, direction, request)] as const),
  )
  const free = directions.filter((direction) => fixed.has(direction) && !fixed.get(direction))
  const possible = applicable(group)
  let best: { readonly time: number; readonly forms: readonly Form[] } | undefined
  for (const combination of combinations(possible, free.length)) {
    const used = new Map<string, Part>()
    for (const direction of group.members.keys()) {
      const form = fixed.get(direction)?.form ?? at(combination, free.indexOf(direction))
      for (const part of parts(group.geometry, direction, form)) used.set(part.name, part)
    }
    const list = [...used.values()]
    const time = sum(list.map(microseconds))
    const fits = sum(list.map(({ temporary }) => temporary)) <= request.memory
    const plain = combination.every((form) => form === 'conv')
    if ((fits || plain) && time < (best?.time ?? Infinity)) best = { time, forms: combination }
  }
  const reason = possible.length === 1 ? 'only one' : 'fastest'
  return new Map(
    [...fixed].map(([direction, decision]) => [
      direction,
      decision ?? { form: best?.forms[free.indexOf(direction)] ?? 'conv', reason },
    ]),
  )
}

/** What the user or the target asks for; undefined where the cost decides. */
function imposed(group: Group, direction: Direction, { target, overrides }: Request): Decision | undefined {
  const asked = overrides.get(`${group.name}.${direction}`) ?? overrides.get(group.name)
  if (asked !== undefined) {
    if (!applicable(group).includes(asked)) throw inapplicable(group, asked)
    return { form: asked, reason: 'asked for' }
  }
  if (target !== 'cpu') return { form: 'conv', reason: 'target' }
  return group.float32 ? undefined : { form: 'conv', reason: 'float64' }
}

const inapplicable = (group: Group, asked: Form): UserError => {
  const { kernel, stride, dilation, groups } = group.geometry.attributes
  return new UserError(
    'LoweringError',
    `'${group.name}' cannot be computed as ${asked}: its kernel is ${kernel.join('×')}, stride ${stride.join('×')}, dilation ${dilation.join('×')}, groups ${groups}`,
    { help: `it can be computed as ${applicable(group).join(', ')}` },
  )
}

const estimates = (group: Group, direction: Direction): Choice['estimates'] =>
  Object.fromEntries(
    applicable(group).map((form) => {
      const time = sum(parts(group.geometry, direction, form).map(microseconds))
      return [form, Number((time / 1000).toPrecision(3))]
    }),
  )

function* combinations(of: readonly Form[], count: number): Generator<readonly Form[]> {
  if (count === 0) yield []
  else for (const rest of combinations(of, count - 1)) for (const form of of) yield [...rest, form]
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
