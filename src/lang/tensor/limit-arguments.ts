import { misuse } from '../operands.ts'
import type { Symbolic } from './symbolic.ts'

/** The names of what can be called of an object. */
export type MethodsOf<T> = {
  [Name in keyof T]-?: T[Name] extends (...given: never[]) => unknown ? Name : never
}[keyof T] &
  string

/**
 * Makes methods refuse more arguments than they take. TypeScript would, but programs are run without its checks, and
 * what PyTorch takes there, such as the stride of a pool, would be passed over in silence.
 *
 * @param most of each method how many it takes; Infinity where it takes any number
 */
export function limitArguments<T extends Symbolic<unknown>>(
  prototype: T,
  most: Readonly<Record<MethodsOf<T>, number>>,
): void {
  for (const [name, count] of Object.entries<number>(most)) {
    const method: unknown = Reflect.get(prototype, name)
    if (typeof method !== 'function') throw new Error(`there is no method ${name}`)
    if (count === Infinity) continue
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value: function (this: T, ...given: readonly unknown[]): unknown {
        if (given.slice(count).some((each) => each !== undefined))
          throw misuse(
            this.node,
            `was given ${given.length} arguments for ${name}`,
            `give ${count === 0 ? 'none' : `at most ${count}`}; docs/tensor.md tells what differs from PyTorch`,
          )
        const result: unknown = Reflect.apply(method, this, given)
        return result
      },
    })
  }
}
