import { elements } from '../base/type.ts'
import { topological } from '../ir/walk.ts'
import { isConstant } from '../ops/leaf.ts'
import { convOp } from '../ops/conv.ts'
import { addOp, divOp, equalOp, mulOp, subOp, whereOp } from '../ops/elementwise.ts'
import { found } from '../base/lists.ts'
import { is } from '../ops/is.ts'
import type { Node } from '../ir/node.ts'

/**
 * What values are known before any data are: where an axis of one element is reduced, a deviation from the mean is
 * zero, a softmax is one, a variance divides by nothing. Only what holds for all data is told.
 */
export interface Knowledge {
  /** The number that it is everywhere. */
  readonly value: number | undefined
  /** Equal for two nodes that hold the same numbers in the same order, whatever their shapes. */
  readonly identity: number
  /** The first node on the way that cannot be a finite number. */
  readonly infinite: Node | undefined
}

type Known = (node: Node) => Knowledge

/** What is known of nodes, each found once. */
export function knownValues(): Known {
  const known = new Map<Node, Knowledge>()
  const identities = new Map<string, number>()
  const numbered = (key: string): number => {
    const number = identities.get(key) ?? identities.size
    identities.set(key, number)
    return number
  }
  const derive = (node: Node): Knowledge => {
    const operands = node.inputs.map((input) => found(known, input, input.op.name))
    const [first] = operands
    const [source] = node.inputs
    const chosen =
      is(node, whereOp) && first?.value !== undefined ? operands[first.value === 0 ? 2 : 1] : undefined
    const isMasked = is(node, whereOp) && !chosen
    const value = chosen ? chosen.value : valueOf(node, operands)
    const sameOrder = node.op.traits.keepsOrder && source && elements(source.shape) === elements(node.shape)
    const isLong = isConstant(node) && elements(node.shape) > 4096
    const key = isLong
      ? `constant ${known.size}`
      : `${node.op.name}|${node.shape.join()}|${operands.map(({ identity }) => identity).join()}|${settings(node)}`
    const identity = sameOrder && first ? first.identity : numbered(key)
    const inherited = chosen ? [chosen] : isMasked ? [] : operands
    return {
      value,
      identity,
      infinite:
        inherited.find(({ infinite }) => infinite)?.infinite ??
        (becomesInfinite(node, operands, value) ? node : undefined),
    }
  }
  return (wanted) => {
    for (const node of topological([wanted], (each) => known.has(each)))
      if (!known.has(node)) known.set(node, derive(node))
    return found(known, wanted, wanted.op.name)
  }
}

/** Masks of -Infinity are constants, and no mistake before something is added to them or multiplied by them. */
function becomesInfinite(node: Node, operands: readonly Knowledge[], value: number | undefined): boolean {
  const given = operands.some((operand) => operand.value !== undefined && !Number.isFinite(operand.value))
  if (given) return [addOp, subOp, mulOp].some((op) => is(node, op))
  return (
    (operands.length > 0 && value !== undefined && !Number.isFinite(value)) ||
    (is(node, divOp) && operands[1]?.value === 0)
  )
}

const settings = ({ attributes }: Node): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? Array.from(value).join() : String(value)}`)
    .join()

function valueOf(node: Node, operands: readonly Knowledge[]): number | undefined {
  const { traits } = node.op
  const [a, b, ...bias] = operands
  if (isConstant(node)) {
    const { values } = node.attributes
    const [only] = values
    return values.every((value) => value === only || Object.is(value, only)) ? only : undefined
  }
  if (!a) return undefined
  if (traits.zeroWith.some((position) => operands[position]?.value === 0))
    return b?.value === 0 && is(node, divOp) ? NaN : 0
  if (
    is(node, convOp) &&
    [a, b].some((operand) => operand?.value === 0) &&
    bias.every(({ value }) => value === 0)
  )
    return 0
  if (traits.keepsNumber) return operands.every(({ value }) => value === a.value) ? a.value : undefined
  const { elementwise } = traits
  if (elementwise?.operands === 1) return a.value === undefined ? undefined : elementwise.of(a.value)
  if (!b) return undefined
  const sameNumbers =
    a.identity === b.identity && node.inputs.every((input) => elements(input.shape) === elements(node.shape))
  if (is(node, subOp) && sameNumbers) return 0
  if (is(node, equalOp) && sameNumbers) return 1
  return elementwise && a.value !== undefined && b.value !== undefined
    ? elementwise.of(a.value, b.value)
    : undefined
}
