import { bytesOfShape, sameShape, showType, type Type } from '../../base/type.ts'
import { LONGEST_LIST, MOST_AXES } from './limits.ts'
import { quoted, Refused } from './refused.ts'
import type { Known } from './call.ts'
import type { DeclaredType, StoredTensor } from './structure.ts'

/** A value of a graph: what is known of it, and whether it is there from the start and to the end. */
export interface Held extends Known {
  /** Neither what a run is given changes it nor is it ever freed: onnxruntime computes it as it loads the graph. */
  readonly isConstant: boolean
}

export const bytesOf = ({ dtype, shape }: Type): number => bytesOfShape(dtype, shape)

/** Values of a graph and of those around it by their names, each given once: all that is known of any goes through here. */
export class Scope {
  private readonly held = new Map<string, Held>()
  private readonly around: Scope | undefined

  constructor(around?: Scope) {
    this.around = around
  }

  find(name: string): Held | undefined {
    return this.held.get(name) ?? this.around?.find(name)
  }

  define(name: string, held: Held): void {
    if (name === '' || this.find(name)) throw new Refused(`it gives ${quoted(name)} for the second time`)
    if (held.shape.length > MOST_AXES) throw new Refused(`${quoted(name)} has more than ${MOST_AXES} axes`)
    this.held.set(name, isShort(held.numbers) ? held : { ...held, numbers: undefined })
  }
}

/** Whether onnxruntime computes with such numbers as we do, and with few of them. */
const isShort = (numbers: Known['numbers']): boolean =>
  numbers === undefined || (numbers.length <= LONGEST_LIST && numbers.every(Number.isSafeInteger))

/** A constant; of a short list of int64, its numbers. */
export function stored({ dtype, shape, raw }: StoredTensor): Held {
  const isList = dtype === 'int64' && shape.length === 1 && raw.length <= 8 * LONGEST_LIST
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const numbers = isList
    ? Array.from({ length: raw.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)))
    : undefined
  return { dtype, shape, numbers, isConstant: true }
}

/** How many a run chooses, by the names that the compiler has for them. */
export type Chosen = Readonly<Record<'steps' | 'batch', number>>

/** A type that a graph declares, for the numbers that a run chooses. @throws Refused */
export function resolved(name: string, { dtype, shape }: DeclaredType, chosen: Chosen): Type {
  const sizes = shape.map((axis, i) => {
    if (typeof axis === 'number') return axis
    if (i === 0 && (axis === 'steps' || axis === 'batch')) return chosen[axis]
    throw new Refused(`${quoted(name)} has an axis ${quoted(axis)}`)
  })
  return { dtype, shape: sizes }
}

/** @throws Refused where a value is something else than what is declared of it */
export function requireDeclared(name: string, found: Type, declared: Type): void {
  if (found.dtype === declared.dtype && sameShape(found.shape, declared.shape)) return
  throw new Refused(`${quoted(name)} is ${showType(found)}, and is declared to be ${showType(declared)}`)
}
