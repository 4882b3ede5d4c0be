import { UserError } from '../base/error.ts'
import { oversize } from '../ir/budget.ts'
import { blamedOrigin, currentLabel, currentOrigin, like } from '../ir/context.ts'
import { showType, type Type } from '../base/type.ts'
import { showOrigin } from '../base/error.ts'
import type { Attributes, Emitter, Node, Op, Region } from '../ir/node.ts'

/** What an op's `infer` throws where its operands do not fit; the node's maker adds line and operands. */
export class Misfit extends Error {
  readonly help: string | undefined

  constructor(message: string, help?: string) {
    super(message)
    this.help = help
  }
}

/** Of what an op of one operand, or of any number, is given: the type of the first. @throws Misfit where there is none */
export function onlyType([x]: readonly Type[]): Type {
  if (!x) throw new Misfit('needs one operand')
  return x
}

/** The emission of an op that ONNX has not. */
export const notEmitted = (_: Emitter, { op }: Node): never => {
  throw new Error(`ONNX has no ${op.name}: the pass 'legalise' writes it in other ops`)
}

const none: readonly Region[] = Object.freeze([])

/** The one way to make a node: infers its type, notes the user's line and freezes it. */
export function make<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Node[],
  attributes: A,
  regions: readonly Region[] = none,
): Node {
  const origin = currentOrigin()
  try {
    const results = op.results?.(inputs, attributes, regions)
    const { dtype, shape } = op.infer(inputs, attributes, regions)
    const wrong = oversize({ dtype, shape })
    if (wrong) throw new Misfit(wrong.problem, wrong.help)
    return Object.freeze<Node>({
      op,
      inputs: Object.freeze([...inputs]),
      attributes: frozenCopy(attributes),
      regions: regions === none ? none : Object.freeze([...regions]),
      ...(results ? { results: Object.freeze([...results]) } : {}),
      dtype,
      shape: Object.freeze([...shape]),
      origin,
      ...currentLabel(),
    })
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    const operands = inputs.map((input) => {
      const from = input.origin ? `  from ${showOrigin(input.origin)}` : ''
      return `  ${showType(input)}  ${describe(input)}${from}`
    })
    const { name, role } = attributes
    const what = typeof name === 'string' && typeof role === 'string' ? `${role} '${name}'` : op.name
    const { scope } = currentLabel()
    const place = scope === '' ? what : `${scope}: ${what}`
    throw new UserError('ShapeError', `${place}: ${error.message}`, {
      origin: origin ?? blamedOrigin(),
      details: operands.length > 0 ? ['operands:', ...operands] : [],
      help: error.help,
    })
  }
}

/** The same operation on other operands, labelled as the old one. */
export const remake = (node: Node, inputs: readonly Node[]): Node =>
  inputs.every((input, i) => input === node.inputs[i])
    ? node
    : like(node, () => make(node.op, inputs, node.attributes, node.regions))

/** The same operation with other regions, labelled as the old one. */
export const withRegions = (node: Node, regions: readonly Region[]): Node =>
  regions.every((region, i) => sameRegion(region, node.regions[i]))
    ? node
    : like(node, () => make(node.op, node.inputs, node.attributes, regions))

const sameRegion = (a: Region, b: Region | undefined): boolean =>
  a.inputs === b?.inputs &&
  a.outputs.length === b.outputs.length &&
  a.outputs.every(({ node }, i) => node === b.outputs[i]?.node)

const ownCopies = new WeakSet<Attributes>()

/** Lists are copied, so that a caller who changes his own changes no node; typed arrays cannot be frozen. */
function frozenCopy(attributes: Attributes): Attributes {
  if (ownCopies.has(attributes)) return attributes
  const copy = Object.freeze(
    Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [
        key,
        typeof value === 'object' && !(value instanceof Float64Array) ? Object.freeze([...value]) : value,
      ]),
    ),
  )
  ownCopies.add(copy)
  return copy
}

const describe = ({ op, attributes }: Node): string =>
  typeof attributes.name === 'string' ? attributes.name : op.name
