import { UserError } from '../error.ts'
import { input } from '../ops/leaf.ts'
import { sameShape, showType, type Type } from '../ir/type.ts'
import { stopGradient } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'
import type { Draw, Initializer } from '../onnx/manifest.ts'

export interface TracedParameter {
  readonly name: string
  readonly layer: string
  readonly node: Node
  readonly init: Initializer
  /** Its learning rate, as a multiple of the program's. */
  readonly rate: number
}

export interface TracedState {
  readonly name: string
  readonly layer: string
  readonly node: Node
}

/** All that a trace asks to be given from outside, each once and under one name. */
export class Registry {
  readonly parameters: TracedParameter[] = []
  readonly states: TracedState[] = []
  readonly draws: { readonly draw: Draw; readonly node: Node }[] = []
  private readonly given = new Map<string, Node>()
  private memories: { name: string; node: Node }[] = []
  /** Names of parameters and states that the trace under way has asked for. */
  private readonly claimed = new Set<string>()

  /**
   * Prepares for a second trace, of the same encoder: what it asks for under a known name is what the trace
   * before was given, so that both can stand in one graph.
   */
  traceAgain(): void {
    this.claimed.clear()
    this.memories = []
  }

  parameter(name: string, layer: string, type: Type, init: Initializer, rate = 1): Node {
    const known = this.claim('parameters', name, type, this.parameters)
    if (known) return known.node
    const node = input('parameter', name, type.dtype, type.shape)
    this.parameters.push({ name, layer, node, init, rate })
    return node
  }

  /** `conv1.weight`, or `conv1.weight2` where a layer has a second one. */
  unusedName(wanted: string): string {
    let name = wanted
    for (let count = 2; this.claimed.has(name); count++) name = `${wanted}${count}`
    return name
  }

  /** State of a parameter's shape and type, zero at first. */
  state(name: string, layer: string, type: Type): TracedState {
    const known = this.claim('states', name, type, this.states)
    if (known) return known
    const state = { name, layer, node: input('state', name, type.dtype, type.shape) }
    this.states.push(state)
    return state
  }

  /** A one-step memory of x. */
  memory(name: string, layer: string, x: Node): Node {
    const { node } = this.state(name, layer, x)
    this.memories.push({ name, node: stopGradient(x) })
    return stopGradient(node)
  }

  /** The memories asked for since the last call. */
  takeMemories(): { name: string; node: Node }[] {
    const taken = this.memories
    this.memories = []
    return taken
  }

  draw(draw: Draw): Node {
    const known = this.draws.find((other) => other.draw.name === draw.name)
    if (!known) {
      const node = input('draw', draw.name, draw.type, draw.shape)
      this.draws.push({ draw, node })
      return node
    }
    if (!sameShape(known.draw.shape, draw.shape))
      throw new UserError(
        'RuleError',
        `draw '${draw.name}' is used as ${showType(known.node)} and as [${draw.shape.join(', ')}]`,
        {
          help: 'give one of them another name',
        },
      )
    return known.node
  }

  /** The learning rate or the number of the step. */
  shared(role: 'rate' | 'step'): Node {
    return this.other(role, role === 'rate' ? 'learning_rate' : 'step', {
      dtype: role === 'rate' ? 'float64' : 'int64',
      shape: [],
    })
  }

  labels(batch: number): Node {
    return this.other('labels', 'labels', { dtype: 'int64', shape: [batch] })
  }

  /** Every input that was asked for. */
  inputs(): { readonly name: string; readonly node: Node }[] {
    const drawn = this.draws.map(({ draw, node }) => ({ name: draw.name, node }))
    const others = [...this.given].map(([name, node]) => ({ name, node }))
    return [...this.parameters, ...this.states, ...drawn, ...others].map(({ name, node }) => ({ name, node }))
  }

  /** Each name once in a trace; what the trace before had under it, where there was one. */
  private claim<Known extends { readonly name: string; readonly node: Node }>(
    what: 'parameters' | 'states',
    name: string,
    type: Type,
    list: readonly Known[],
  ): Known | undefined {
    const fail = (problem: string) =>
      new UserError('RuleError', problem, { help: 'give one of them another name' })
    if (this.claimed.has(name)) throw fail(`two ${what} are called '${name}'`)
    this.claimed.add(name)
    const known = list.find((each) => each.name === name)
    if (known && (known.node.dtype !== type.dtype || !sameShape(known.node.shape, type.shape)))
      throw fail(`two ${what} are called '${name}': ${showType(known.node)} and ${showType(type)}`)
    return known
  }

  private other(role: 'rate' | 'step' | 'labels', name: string, { dtype, shape }: Type): Node {
    const node = this.given.get(name) ?? input(role, name, dtype, shape)
    this.given.set(name, node)
    return node
  }
}
