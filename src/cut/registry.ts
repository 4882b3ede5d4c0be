import { input } from '../ops/leaf.ts'
import { freeName } from '../base/free-name.ts'
import { sameShape, showType, type Type } from '../base/type.ts'
import { Memories } from './memories.ts'
import { averageName } from '../ir/value-names.ts'
import { nameClash } from './name-clash.ts'
import { SharedDraws } from './shared-draws.ts'
import type { Node } from '../ir/node.ts'
import type { Draw, Initializer, StateStart } from '../bundle/schema/values.ts'

export interface TracedParameter {
  readonly name: string
  readonly layer: string
  readonly node: Node
  readonly init: Initializer
  /** Its learning rate, as a multiple of the program's. */
  readonly rate: number
  /** Never taught: drawn once by a rule, or of a frozen layer. */
  readonly fixed: boolean
}

export interface TracedState {
  readonly name: string
  readonly layer: string
  readonly node: Node
  /** How it starts; zeros where nothing is said. */
  readonly start: StateStart | undefined
  /** The parameter whose average over the steps of a run it is. */
  readonly averages?: string
}

/** What graphs are given beside what a registry names. */
const sharedNames: ReadonlySet<string> = new Set([
  'views',
  'images',
  'features',
  'labels',
  'step',
  'shard',
  'learning_rate',
  'average_weight',
])

const learned = { rate: 1, fixed: false }

/** All that a trace asks to be given from outside, each once and under one name. */
export class Registry {
  readonly parameters: TracedParameter[] = []
  readonly states: TracedState[] = []
  readonly memories = new Memories()
  private readonly sharedDraws = new SharedDraws()
  private readonly given = new Map<string, Node>()
  /** Names that activities have in the graphs. */
  private readonly activities = new Set<string>()
  /** Names of parameters and states that the trace under way has asked for. */
  private readonly claimed = new Set<string>()
  /** Moving averages of each parameter by their decay. */
  private readonly averages = new Map<string, Map<number, TracedState>>()

  /**
   * Prepares for a second trace, of the same encoder: what it asks for under a known name is what the trace
   * before was given, so that both can stand in one graph.
   */
  traceAgain(): void {
    this.claimed.clear()
    this.averages.clear()
    this.activities.clear()
    this.memories.clear()
  }

  parameter(
    name: string,
    layer: string,
    type: Type,
    init: Initializer,
    { rate, fixed }: { readonly rate: number; readonly fixed: boolean } = learned,
  ): Node {
    const known = this.claim('parameters', name, type, this.parameters)
    if (known) return known.node
    const node = input('parameter', name, type.dtype, type.shape)
    this.parameters.push({ name, layer, node, init, rate, fixed })
    return node
  }

  /** State of a parameter's shape and type, zero at first unless `start` says otherwise. */
  state(name: string, layer: string, type: Type, start?: StateStart): TracedState {
    const known = this.claim('values kept from step to step', name, type, this.states)
    if (known) return known
    const state = { name, layer, node: input('state', name, type.dtype, type.shape), start }
    this.states.push(state)
    return state
  }

  /** The moving average of a parameter that decays so; `isNew` where nobody has asked for it before. */
  average({ name, layer, node }: TracedParameter, decay: number): { state: TracedState; isNew: boolean } {
    const own = this.averages.get(name) ?? new Map<number, TracedState>()
    this.averages.set(name, own)
    const known = own.get(decay)
    if (known) return { state: known, isNew: false }
    const called = `${name}.target${own.size === 0 ? '' : own.size + 1}`
    const state = this.state(called, layer, node, { kind: 'copy', of: name })
    own.set(decay, state)
    return { state, isNew: true }
  }

  /** The average of a parameter over the steps of a run. */
  weightAverage({ name, layer, node }: TracedParameter): TracedState {
    const state = this.state(averageName(name), layer, node, { kind: 'copy', of: name })
    const averaging = { ...state, averages: name }
    this.states.splice(this.states.indexOf(state), 1, averaging)
    return averaging
  }

  get draws(): readonly { readonly draw: Draw; readonly node: Node }[] {
    return this.sharedDraws.all
  }

  /** Random numbers; who asks for a name again shares them, a layer, a transform or the rule each its own. */
  draw(draw: Draw, owner = 'the rule'): Node {
    const known = this.sharedDraws.known(draw, owner)
    if (known) return known
    if (this.isTaken(draw.name))
      throw nameClash(`draw '${draw.name}' has the name of another value of the graphs`)
    return this.sharedDraws.add(draw, owner)
  }

  uniform(name: string, shape: readonly number[], owner?: string): Node {
    return this.draw({ kind: 'uniform', name, type: 'float32', shape: [...shape] }, owner)
  }

  /** A name for an activity: the one wanted, unless a parameter, say, has it already. */
  activity(wanted: string): string {
    const name = this.free(wanted)
    this.activities.add(name)
    return name
  }

  /** A name that no input and no activity of the graphs has: the one wanted, or one like it. */
  free(wanted: string): string {
    return freeName(wanted, (name) => this.isTaken(name))
  }

  /** The learning rate, the number of the step, or how much it counts in averages of weights. */
  shared(role: 'rate' | 'step' | 'average'): Node {
    const name = { rate: 'learning_rate', step: 'step', average: 'average_weight' }[role]
    return this.other(role, name, { dtype: role === 'step' ? 'int64' : 'float64', shape: [] })
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
    what: string,
    name: string,
    type: Type,
    list: readonly Known[],
  ): Known | undefined {
    if (this.claimed.has(name)) throw nameClash(`two ${what} are called '${name}'`)
    if (this.sharedDraws.has(name) || this.activities.has(name))
      throw nameClash(`one of the ${what} has the name of another value of the graphs, '${name}'`)
    this.claimed.add(name)
    const known = list.find((each) => each.name === name)
    if (known && (known.node.dtype !== type.dtype || !sameShape(known.node.shape, type.shape)))
      throw nameClash(`two ${what} are called '${name}': ${showType(known.node)} and ${showType(type)}`)
    return known
  }

  /** Whether an input or an activity of the graphs is called so. */
  isTaken(name: string): boolean {
    return (
      sharedNames.has(name) ||
      this.activities.has(name) ||
      this.sharedDraws.has(name) ||
      [...this.parameters, ...this.states].some((known) => known.name === name)
    )
  }

  private other(role: 'rate' | 'step' | 'average' | 'labels', name: string, { dtype, shape }: Type): Node {
    const node = this.given.get(name) ?? input(role, name, dtype, shape)
    this.given.set(name, node)
    return node
  }
}
