import { multiply, semiOrthogonal, transpose, type Matrix } from './matrix.ts'
import { convLayer, type LinearLayer } from './network.ts'
import type { Stream } from '../runtime/values/random.ts'

/** 3×3, orthonormal at the centre and with smaller weights around it, which keeps it far from singular. */
export function randomConvolution(channels: number, size: number, random: Stream): LinearLayer {
  const centre = semiOrthogonal(channels, channels, random)
  return convLayer({ out: channels, inputs: channels, side: 3, size }, (out, input, down, right) => {
    const around = (0.5 * random.normal()) / Math.sqrt(9 * channels)
    return down === 0 && right === 0 ? (centre.data[out * channels + input] ?? 0) + around : around
  })
}

/** For each layer below the top, the B on unpooled activity with which its gradient is the backpropagated one. */
export function backpropagatedProjections(
  layers: readonly LinearLayer[],
  topPooling: Matrix,
  topProjection: Matrix,
): Matrix[] {
  const above: Matrix[] = []
  let toTop = topPooling
  for (const { matrix } of layers.slice(1).reverse()) {
    toTop = multiply(toTop, matrix)
    above.unshift(multiply(multiply(transpose(toTop), topProjection), toTop))
  }
  return above
}

/** The B on pooled activity that acts most like B on unpooled activity (in Frobenius norm): B averaged over tiles. */
export function overTiles(projection: Matrix, pooling: Matrix, side: number): Matrix {
  const { rows, columns, data } = multiply(multiply(pooling, projection), transpose(pooling))
  // A pooled feature is a mean; its projection stands for all side² pixels of a tile, on both sides of B.
  return { rows, columns, data: data.map((value) => value * side ** 4) }
}
