import { luminance } from './luminance.ts'
import { perRow } from './transform.ts'
import type { Tensor } from '../tensor.ts'

/** A factor for each row, [rows], by which pixels are stretched: from black, from the row's mean luminance, from their own. */
export interface Adjustment {
  readonly name: 'brightness' | 'contrast' | 'saturation'
  readonly factor: Tensor
}

/** What an adjustment leaves of the pixels, of their luminance and of its mean over the row: a factor for each row, [rows]. */
export interface Mixture {
  readonly pixels: Tensor
  readonly luminance?: Tensor | undefined
  readonly mean?: Tensor | undefined
}

/** Clamped to 0..1. */
export function mixed(images: Tensor, mixture: Mixture): Tensor {
  const stretched = images.mul(perRow(mixture.pixels))
  if (!mixture.luminance && !mixture.mean) return stretched.clamp(0, 1)
  const grey = luminance(images)
  const own = mixture.luminance && grey.mul(perRow(mixture.luminance))
  const mean = mixture.mean && grey.mean(1, 2, 3, { keepDims: true }).mul(perRow(mixture.mean))
  const middle = own && mean ? own.add(mean) : (own ?? mean)
  return (middle ? stretched.add(middle) : stretched).clamp(0, 1)
}

/** One adjustment of all rows. */
export function adjusted(images: Tensor, { name, factor }: Adjustment): Tensor {
  const rest = factor.neg().add(1)
  return mixed(images, {
    pixels: factor,
    luminance: name === 'saturation' ? rest : undefined,
    mean: name === 'contrast' ? rest : undefined,
  })
}
