import { bytesPerElement } from '../base/dtype.ts'
import { elements, showType, type Type } from '../base/type.ts'

/**
 * What is refused before anything of its size is made. Fixed figures, far above what one machine trains: what
 * compiles must not depend on the machine that compiles it.
 */

/** Bytes of one tensor. */
export const LARGEST_TENSOR = 64e9
/** Elements of a constant that the compiler writes down one by one. */
export const LARGEST_CONSTANT = 2 ** 24
/** Bytes of a program: its parameters, what the optimizer keeps of them, and the activity of its layers. */
export const LARGEST_PROGRAM = 512e9
/** Layers of an encoder. The time that compiling takes grows with their square. */
export const MOST_LAYERS = 1000

export const bytesOf = ({ dtype, shape }: Type): number => elements(shape) * bytesPerElement[dtype]

/** `3.2 GB`, `41,000,000 GB`. */
export const gigabytes = (bytes: number): string => {
  const figure = bytes / 1e9
  return `${figure < 100 ? Number(figure.toPrecision(2)) : Math.round(figure).toLocaleString('en-US')} GB`
}

export interface Oversize {
  readonly problem: string
  readonly help: string
}

/** What is wrong with the sizes of a tensor, and what to do; undefined where nothing is. */
export function oversize(type: Type): Oversize | undefined {
  const { shape } = type
  if (shape.some((size) => size === 0))
    return { problem: `${showType(type)} has no elements`, help: 'every axis needs at least one element' }
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
    return { problem: `${showType(type)} is not a shape`, help: 'sizes are whole numbers, 1 or more' }
  const bytes = bytesOf(type)
  if (bytes <= LARGEST_TENSOR) return undefined
  return {
    problem: `${showType(type)} takes ${gigabytes(bytes)}, and a tensor may take ${gigabytes(LARGEST_TENSOR)}`,
    help: 'make one of its axes smaller: fewer images, channels, pixels, units or classes',
  }
}
