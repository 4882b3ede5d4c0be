import { currentLabel, currentOrigin, like } from '../../ir/context.ts'
import { toMaps, toPixelMajor } from './rows.ts'
import type { Node } from '../../ir/node.ts'
import type { Shape } from '../../base/type.ts'

/**
 * A value in the layout in which it was computed, with the way to the other one: converted where it is asked
 * for, and once.
 */
export interface LayoutValue {
  /** As the program has it; of maps [images, channels, height, width]. */
  readonly shape: Shape
  /** Whether it was computed as pixel-major values. */
  readonly isPixelMajor: boolean
  /** In the program's own shape. */
  readonly plain: () => Node
  /** [pixels, images, channels]; of maps only. */
  readonly pixelMajor: () => Node
  readonly known?: Knowledge
}

/** What is known of how pixel-major values were made, so that what is done to them next can be done earlier and smaller. */
export interface Knowledge {
  /** Equals `raw + bias`. */
  readonly biased?: Biased
  /** Equals `relu(raw + bias)`. */
  readonly rectified?: Biased
  /** Maxima of tiles of `phases`, [size², tiles, images, channels]; `maxima` are theirs, before bias and ReLU. */
  readonly pooled?: { readonly phases: Node; readonly maxima: Node; readonly rectified: boolean }
  /** All of `phases` pixels of a tile, a leading axis, have the value of its row of `tiles`. */
  readonly spread?: { readonly tiles: Node; readonly phases: number }
  /** A gradient through max-pool: its sum over pixels is that of these pixel-major values. */
  readonly total?: Node
}

export interface Biased {
  readonly raw: Node
  readonly bias: Node | undefined
}

/** Made once, where it is first asked for, and labelled as what it belongs to. */
function once(make: () => Node): () => Node {
  let made: Node | undefined
  const label = { ...currentLabel(), origin: currentOrigin() }
  return () => (made ??= like(label, make))
}

export const plainValue = (node: Node): LayoutValue => ({
  shape: node.shape,
  isPixelMajor: false,
  plain: () => node,
  pixelMajor: once(() => toPixelMajor(node)),
})

/** Rows are made when they are asked for: where what is known of them is enough, never. */
export function pixelMajorValue(rows: Node | (() => Node), shape: Shape, known?: Knowledge): LayoutValue {
  const make = once(() => (typeof rows === 'function' ? rows() : rows))
  const value = { shape, isPixelMajor: true, pixelMajor: make, plain: once(() => toMaps(make(), shape)) }
  return known ? { ...value, known } : value
}

export const isMaps = ({ shape }: { readonly shape: Shape }): boolean => shape.length === 4
