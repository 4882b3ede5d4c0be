import { sizeOf } from '../base/shapes.ts'
import { activityName, parameterName } from '../ir/value-names.ts'
import { UserError } from '../base/error.ts'
import { within } from '../ir/context.ts'
import { topological } from '../ir/walk.ts'
import { argument } from '../lang/check.ts'
import { finite } from '../lang/kinds.ts'
import { applyModules } from '../lang/module.ts'
import { returned } from '../lang/returned.ts'
import { anInit, fanIn, startOf } from '../lang/start.ts'
import { pytorchDefault } from '../lang/initializers.ts'
import { joined } from '../lang/wiring.ts'
import { Tensor } from '../lang/tensor.ts'
import { cut, stopGradient } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'
import type { Shape, Type } from '../base/type.ts'
import type { Connection, LayerScope } from '../lang/layer-scope.ts'
import type { Layer } from '../lang/layer.ts'
import { nameFor, shapeFor } from './asked.ts'
import { checkedConnection } from './connection.ts'
import { numbered } from './numbered.ts'
import type { Registry } from './registry.ts'
import type { Initializer } from '../bundle/schema/values.ts'

/** What a layer reads: another layer's output, or the images. */
export interface Read {
  /** Undefined of the images. */
  readonly layer: TracedLayer | undefined
  /** The output itself within a block, its boundary between blocks. */
  readonly node: Node
}

export interface TracedLayer {
  readonly name: string
  readonly summary: string
  /** One after the other, as the layer names them. */
  readonly reads: readonly Read[]
  /** The layer's input of other outputs than it reads. */
  readonly join: (outputs: readonly Node[]) => Node
  /** All that it reads, joined. */
  readonly input: Node
  readonly out: Node
  /** The activity as others see it: no gradient crosses it, and it may come from another graph. */
  readonly boundary: Node
  /** The nodes that compute `out` from `input`. */
  readonly forward: ReadonlySet<Node>
  /** It computes as after training, and nothing of it learns. */
  readonly frozen: boolean
  /** Its convolutions and linear modules. */
  readonly connections: readonly Connection[]
  /** The layer on another input; `parameter` gives each parameter by its full name, by default the layer's own. */
  readonly apply: (input: Node, parameter?: (name: string) => Node) => Node
}

/** How many units a layer has: its second axis, or one where there are rows alone. */
export const turnsOfSection = ({ out }: Pick<TracedLayer, 'out'>): number =>
  out.shape.length > 1 ? sizeOf(out.shape, 1) : 1

/** Applies a layer to what it reads; `isTraining` is false where only the activity is wanted. */
export function traceLayer(
  layer: Layer,
  reads: readonly Read[],
  registry: Registry,
  isTraining = true,
): TracedLayer {
  const { name, modules, origin, frozen = false } = layer
  const training = isTraining && !frozen
  const join: TracedLayer['join'] = (outputs) =>
    joined(
      layer,
      outputs.map((node) => new Tensor(node)),
    ).node
  const input = join(reads.map(({ node }) => node))
  const connections: Connection[] = []
  const own = new Map<string, Node>()
  const out = runModules(layer, input, {
    ...keeping(layer, input, registry, training),
    parameter: (full, type, init) => {
      const node = frozen
        ? stopGradient(registry.parameter(full, name, type, init, { rate: 0, fixed: true }))
        : registry.parameter(full, name, type, init)
      own.set(full, node)
      return node
    },
    connect: (connection) => connections.push(checkedConnection(name, connection)),
  })
  if (out === input)
    throw new UserError('ProgramError', `layer '${name}' does nothing`, {
      origin,
      help: 'give it a conv or linear module',
    })
  const forward = new Set(topological([out], (node) => node === input))
  forward.delete(input)
  const boundary = within({ scope: name, layer: name, origin }, () =>
    cut(out, registry.activity(activityName(name))),
  )
  const known = (full: string) => {
    const node = own.get(full)
    if (node) return node
    throw new UserError('ProgramError', `layer '${name}' has no parameter '${full}'`, {
      origin,
      help: 'A module asks for the same parameters each time that it is applied.',
    })
  }
  const apply: TracedLayer['apply'] = (other, parameter = known) =>
    runModules(layer, other, { ...again(layer, other, registry, training), parameter })
  const summary = modules.map(({ summary }) => summary).join(' ')
  return { name, summary, reads, join, input, out, boundary, forward, frozen, connections, apply }
}

/** What `runModules` needs: a layer's scope, with parameters by their full names. */
interface ModuleContext extends Pick<LayerScope, 'training' | 'connect'> {
  readonly parameter: (full: string, type: Type, init: Initializer) => Node
  readonly running: (full: string, ...rest: Rest<LayerScope['running']>) => Tensor
  readonly uniform: (full: string, wanted: string, shape: Shape) => Tensor
}

type Rest<Method extends (name: string, ...rest: never[]) => unknown> =
  Parameters<Method> extends [string, ...infer Others] ? Others : never

function runModules({ name, modules, origin }: Layer, input: Node, scene: ModuleContext): Node {
  const unused = numbered()
  const full = (what: string, wanted: string) => unused(parameterName(name, nameFor(what, wanted)))
  const scope: LayerScope = {
    ...scene,
    parameter: (wanted, sizes, init = pytorchDefault(), fan) => {
      argument('parameter', 'init', anInit, init)
      const shape = shapeFor('parameter', sizes)
      const named = full('parameter', wanted)
      const type = { dtype: input.dtype, shape }
      return new Tensor(
        scene.parameter(named, type, startOf(init, shape, fan ?? fanIn(shape), `${name}.${wanted}`)),
      )
    },
    running: (wanted, shape, ...rest) =>
      scene.running(full('running', wanted), shapeFor('running', shape), ...rest),
    uniform: (wanted, ...shape) => scene.uniform(full('uniform', wanted), wanted, shapeFor('uniform', shape)),
  }
  // Modules of the user's own say no line: it is the one that runs.
  return within({ scope: name, layer: name, origin: origin && 'caller' }, () =>
    applyModules(modules, new Tensor(input), scope),
  ).node
}

type Kept = Pick<ModuleContext, 'training' | 'running' | 'uniform'>

/** The layer's first application: it makes its states and, in training, replaces them. */
function keeping({ name }: Layer, input: Node, registry: Registry, training: boolean): Kept {
  return {
    training,
    running: (full, shape, start, next) => {
      argument('running', 'start', finite, start)
      const init = { kind: 'constant' as const, value: start }
      const state = registry.state(full, name, { dtype: input.dtype, shape }, init)
      const before = new Tensor(stopGradient(state.node))
      if (training) {
        const after = returned(`the next value of ${full}`, next(before), {}, state.node)
        registry.memories.add(state, () => after.node)
      }
      return before
    },
    uniform: (full, _, shape) => new Tensor(registry.uniform(full, shape, `layer '${name}'`)),
  }
}

/** A further application: it reads the states that are there and leaves them alone. */
function again(
  { name }: Layer,
  _input: Node,
  registry: Registry,
  training: boolean,
): Kept & Pick<ModuleContext, 'connect'> {
  const drawn = numbered()
  return {
    training,
    running: (full) => {
      const state = registry.states.find((known) => known.name === full)
      if (!state) throw new Error(`layer '${name}' has no state '${full}'`)
      return new Tensor(stopGradient(state.node))
    },
    uniform: (_, wanted, shape) =>
      new Tensor(
        registry.uniform(drawn(`${name}.again.${wanted}.${shape.join('x')}`), shape, `layer '${name}'`),
      ),
    connect: () => undefined,
  }
}
