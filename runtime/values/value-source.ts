import type { TypedData } from './tensor.ts'

/** Where parameters and states come from, one by one: whoever copies them never holds all of them twice. */
export interface ValueSource {
  /** Writes the value of this name into zeros of its type and size; false where there is none. */
  readonly fill: (name: string, zeros: TypedData) => boolean
}
