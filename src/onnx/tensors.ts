import { Names } from './names.ts'
import type { Type } from '../base/type.ts'
import type { Value } from '../ir/emitter.ts'

/** Tensors of a graph and of the loops in it: their names, which are all different, and their types. */
export class Tensors {
  private readonly names = new Names()
  private readonly types = new Map<string, Type>()

  /** @throws Error where the name is taken */
  reserve(name: string): string {
    return this.names.reserve(name)
  }

  /** A name that no other tensor or node has: the one wanted, or one like it. */
  unique(wanted: string): string {
    return this.names.unique(wanted)
  }

  /** A tensor of a name that is its own already. */
  declare(name: string, type: Type): Value {
    this.types.set(name, type)
    return name as Value
  }

  add(wanted: string, type: Type): Value {
    return this.declare(this.unique(wanted), type)
  }

  forget(value: Value): void {
    this.types.delete(value)
  }

  find(value: string): Type | undefined {
    return this.types.get(value)
  }

  typeOf(value: Value): Type {
    const type = this.find(value)
    if (!type) throw new Error(`'${value}' has no type`)
    return type
  }
}
