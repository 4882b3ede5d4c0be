import { zip } from '../../base/lists.ts'
import { elements, sameShape } from '../../base/type.ts'
import { Call, isSound, type Inferred, type Known } from './call.ts'
import { Lifetimes, touched } from './lifetimes.ts'
import { MOST_WORK } from './limits.ts'
import { readModel } from './model.ts'
import { requireOperandTypes } from './operators/operand-types.ts'
import { operators } from './operators/operators.ts'
import { quoted, Refused } from './refused.ts'
import { requireDeclared, resolved, Scope, stored, type Chosen } from './scope.ts'
import type { Allowance } from './allowance.ts'
import type { ReadGraph, ReadNode } from './structure.ts'

/** What a run of a graph takes. */
export interface Demand {
  /** Bytes of all that is there at once: what it is given, its constants, and its results until they are read. */
  readonly peakBytes: number
  /** Multiplications and additions, or numbers moved. */
  readonly work: number
}

/**
 * Reads a graph of a stranger's, and finds out what each of its nodes makes, before onnxruntime sees it.
 *
 * @param chosen how many steps and images a run of it is given, where that is left to the run
 * @param allowance how much there may be of it; as of one graph unless given
 * @throws Refused where it is not such as the compiler writes, or what it takes cannot be told
 */
export function verifyGraph(bytes: Uint8Array, chosen: Chosen, allowance?: Allowance): Demand {
  const graph = readModel(bytes, allowance)
  const scope = new Scope()
  const lifetimes = new Lifetimes(graph)
  for (const [name, type] of graph.inputs) {
    const held = { ...resolved(name, type, chosen), isConstant: false }
    scope.define(name, held)
    lifetimes.keep(name, held)
  }
  for (const constant of graph.constants) {
    const held = stored(constant)
    scope.define(constant.name, held)
    lifetimes.keep(constant.name, held)
  }
  for (const [name, type] of graph.outputs) lifetimes.keep(name, resolved(name, type, chosen))
  const { work } = new Walk(graph, scope, lifetimes, chosen)
  return { peakBytes: lifetimes.peak, work }
}

const numbersIn = (list: readonly Known[]): number =>
  list.reduce((sum, { shape }) => sum + elements(shape), 0)

/** Goes through the nodes of a graph, in their order. */
class Walk {
  work = 0
  private readonly scope: Scope
  private readonly lifetimes: Lifetimes
  private readonly chosen: Chosen

  constructor(graph: ReadGraph, scope: Scope, lifetimes: Lifetimes, chosen: Chosen) {
    this.scope = scope
    this.lifetimes = lifetimes
    this.chosen = chosen
    for (const [place, node] of graph.nodes.entries()) {
      this.add(node)
      lifetimes.after(place, touched(node))
      if (this.work > MOST_WORK) throw new Refused(`it computes more than ${MOST_WORK} operations in a run`)
    }
    for (const declared of [graph.values, graph.outputs])
      for (const [name, type] of declared)
        requireDeclared(name, this.value(name), resolved(name, type, chosen))
  }

  private value(name: string): Known & { readonly isConstant: boolean } {
    const held = this.scope.find(name)
    if (!held) throw new Refused(`${quoted(name)} is read or told of before anything gives it`)
    return held
  }

  private add(node: ReadNode): void {
    const operands = node.inputs.map((name) => this.value(name))
    const call = new Call(node, operands)
    const operator = node.operator === 'Scan' ? (each: Call) => this.scan(each) : operators.get(node.operator)
    if (!operator)
      throw new Refused(`it has an operator ${quoted(node.operator)}, which the compiler never writes`)
    requireOperandTypes(call)
    const inferred = operator(call)
    const { results, work = 0, workspace = 0, staying = 0, inPlace } = inferred
    call.requireNothingMore()
    const isConstant =
      inferred.isConstant ?? (operands.every((each) => each.isConstant) && node.operator !== 'Scan')
    this.lifetimes.stay(staying)
    if (node.outputs.length < 1 || node.outputs.length > results.length)
      throw call.refuse(`gives ${node.outputs.length} results`)
    node.outputs.forEach((name, i) => {
      const result = results[i]
      if (!result || !isSound(result)) throw call.refuse('gives a result of a size that cannot be')
      const held = { ...result, isConstant }
      this.scope.define(name, held)
      this.lifetimes.made(name, held, inPlace ? node.inputs[0] : undefined)
    })
    this.lifetimes.during(workspace)
    const moved = numbersIn(operands) + numbersIn(results)
    this.work += Math.max(work, moved)
  }

  /** A loop: its states go from turn to turn, and it has one for each item of what is scanned along its first axis. */
  private scan(call: Call): Inferred {
    const body = call.body('body')
    const { operands } = call
    const states = operands.length - call.whole('num_scan_inputs')
    const [turns] = call.operand(states).shape
    const given = operands.map(({ dtype, shape }, i) => {
      if (i >= states && shape[0] !== turns) throw call.refuse('scans lists of different lengths')
      return { dtype, shape: i < states ? shape : shape.slice(1), isConstant: false }
    })
    if (states < 0 || turns === undefined || body.inputs.size !== given.length || body.constants.length > 0)
      throw call.refuse('has a body of another kind than the compiler writes')
    const inner = new Scope(this.scope)
    const lifetimes = new Lifetimes(body)
    for (const [[name, type], held] of zip([...body.inputs], given)) {
      requireDeclared(name, held, resolved(name, type, this.chosen))
      inner.define(name, held)
      lifetimes.keep(name, held)
    }
    const { work } = new Walk(body, inner, lifetimes, this.chosen)
    const results = [...body.outputs].map(([name, type], i): Known => {
      const { dtype, shape } = resolved(name, type, this.chosen)
      const state = operands[i]
      if (i < states && !(state?.dtype === dtype && sameShape(state.shape, shape)))
        throw call.refuse(`changes the type of ${quoted(name)} in each turn`)
      return { dtype, shape: i < states ? shape : [turns, ...shape] }
    })
    const { peak, staying } = lifetimes
    return { results, work: turns * work, workspace: peak - staying, staying }
  }
}
