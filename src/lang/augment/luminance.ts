import { constant } from '../../ops/leaf.ts'
import { fourAxes } from '../../base/shapes.ts'
import { Tensor } from '../tensor.ts'

/** Mean over channels by perceived brightness (ITU-R BT.601), [rows, 1, height, width]; of other than three the plain mean. */
export function luminance(images: Tensor): Tensor {
  const [rows, channels, height, width] = fourAxes(images.shape)
  if (channels === 1) return images
  if (channels !== 3) return images.mean(1, { keepDims: true })
  const weights = new Tensor(constant(images.dtype, [1, 3], [0.299, 0.587, 0.114]))
  // A product of matrices is one pass over the images.
  return weights.matmul(images.reshape(rows, 3, height * width)).reshape(rows, 1, height, width)
}
