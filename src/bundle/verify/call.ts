import { bytesOfShape, showType, type Shape, type Type } from '../../base/type.ts'
import { quoted, Refused } from './refused.ts'
import type { AttributeValue, ReadGraph, ReadNode, StoredTensor } from './structure.ts'

/** What is known of a value before anything is run. */
export interface Known extends Type {
  /** Of short lists of int64 their numbers, where nothing that a run is given changes them. */
  readonly numbers?: readonly number[] | undefined
}

/** What a node makes, and what it takes beside that. */
export interface Inferred {
  readonly results: readonly Known[]
  /** Multiplications and additions, or numbers that are moved. */
  readonly work?: number
  /** Bytes that are needed while it is computed. */
  readonly workspace?: number
  /** Its result lies where its first operand does. */
  readonly inPlace?: true
  /** Its result is computed as the graph is loaded, whatever its operands are. */
  readonly isConstant?: true
  /** Bytes of what is constant within it, and therefore stays. */
  readonly staying?: number
}

/** A node with what is known of its operands. What nobody asks for is refused: so rules say what a node may have. */
export class Call {
  readonly node: ReadNode
  readonly operands: readonly Known[]
  private readonly asked: string[] = []

  constructor(node: ReadNode, operands: readonly Known[]) {
    this.node = node
    this.operands = operands
  }

  refuse(problem: string): Refused {
    const { name, operator, outputs } = this.node
    return new Refused(`${quoted(operator)} that gives ${quoted(outputs[0] ?? name)} ${problem}`)
  }

  misfit(): Refused {
    return this.refuse(`does not fit ${this.operands.map(showType).join(' and ')}`)
  }

  /** @throws Refused where there are fewer operands, or more */
  requireOperands(fewest: number, most = fewest): void {
    const { length } = this.operands
    if (length < fewest || length > most) throw this.refuse(`has ${length} operands`)
  }

  operand(index: number): Known {
    const known = this.operands[index]
    if (!known) throw this.refuse(`lacks operand ${index}`)
    return known
  }

  /** The numbers of an operand that is a list. */
  numbers(index: number): readonly number[] {
    const { numbers } = this.operand(index)
    if (!numbers) throw this.refuse(`has operand ${index}, which is known only as it is run`)
    return numbers
  }

  whole(name: string, otherwise?: number): number {
    const value = this.attribute(name, 'whole')
    if (value) return value.value
    if (otherwise === undefined) throw this.refuse(`lacks ${name}`)
    return otherwise
  }

  /** An axis of a shape. */
  axis(name: string, { length }: Shape): number {
    const axis = this.whole(name)
    if (axis >= length) throw this.refuse(`has no axis ${axis}`)
    return axis
  }

  wholes(name: string, length: number, least = 0): readonly number[] {
    const value = this.attribute(name, 'wholes')?.value
    if (value?.length !== length || value.some((each) => each < least))
      throw this.refuse(`lacks ${name} of ${length} numbers, ${least} or more`)
    return value
  }

  float(name: string): void {
    this.attribute(name, 'float')
  }

  text(name: string, wanted: string): void {
    if (this.attribute(name, 'text')?.value !== wanted) throw this.refuse(`has not ${name} ${wanted}`)
  }

  tensor(name: string): StoredTensor {
    const value = this.attribute(name, 'tensor')?.value
    if (!value) throw this.refuse(`lacks ${name}`)
    return value
  }

  body(name: string): ReadGraph {
    const value = this.attribute(name, 'graph')?.value
    if (!value) throw this.refuse(`lacks ${name}`)
    return value
  }

  /** @throws Refused where it has an attribute that no rule has asked for */
  requireNothingMore(): void {
    for (const name of this.node.attributes.keys())
      if (!this.asked.includes(name)) throw this.refuse(`has an attribute ${quoted(name)}`)
  }

  private attribute<Kind extends AttributeValue['kind']>(
    name: string,
    kind: Kind,
  ): Extract<AttributeValue, { readonly kind: Kind }> | undefined {
    const value = this.node.attributes.get(name)
    if (value === undefined) return undefined
    this.asked.push(name)
    if (value.kind !== kind) throw this.refuse(`has ${name} of another type`)
    return value as Extract<AttributeValue, { readonly kind: Kind }>
  }
}

/** Whether a value of this type can be: each axis of one or more, and bytes that a number tells exactly. */
export const isSound = ({ dtype, shape }: Type): boolean =>
  shape.every((size) => Number.isInteger(size) && size >= 1) && Number.isFinite(bytesOfShape(dtype, shape))

/** How a node is judged: what it makes of its operands, or why there is no such node. */
export type Operator = (call: Call) => Inferred

/** Operators by their names in ONNX. */
export type Operators = Readonly<Record<string, Operator>>
