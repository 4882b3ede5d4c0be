import type { Draw } from '../../src/bundle/schema/values.ts'
import { UserError } from '../../src/base/error.ts'
import { stream } from '../values/random.ts'
import type { Stream } from '../values/random.ts'
import { elements } from '../values/tensor.ts'
import type { HostTensor } from '../values/tensor.ts'

type Negatives = Extract<Draw, { kind: 'negatives' }>

const drawUniforms = (length: number, random: Stream): Float32Array => {
  const values = new Float32Array(length)
  for (let index = 0; index < length; index++) values[index] = random.uniform()
  return values
}

/** Row r shows image r mod images; each entry is one of the rows of the other images, all equally likely. */
const drawNegatives = ({ name, shape, images }: Negatives, random: Stream): BigInt64Array => {
  const [count, rows] = shape
  if (count === undefined || rows === undefined || shape.length !== 2 || rows % images !== 0) {
    throw new Error(`draw '${name}': [${shape}] is not [count, views × ${images}]`)
  }
  if (images === 1) {
    throw new UserError('BatchError', `a batch of one image has no negatives for '${name}'`, {
      help: 'Compile the program with a batch of 2 images or more.',
    })
  }
  const views = rows / images
  const others = images - 1
  const indices = new BigInt64Array(count * rows)
  for (let entry = 0; entry < indices.length; entry++) {
    const own = entry % images
    const drawn = random.integer(views * others)
    const image = drawn % others
    // Images are numbered without the own one: those from it on move up by one.
    indices[entry] = BigInt(Math.floor(drawn / others) * images + image + (image >= own ? 1 : 0))
  }
  return indices
}

/**
 * The random numbers that graphs read in one step (step from 0), from a stream per name.
 * Throws a UserError of kind BatchError where negatives are wanted of a single image.
 */
export const drawTensor = (draw: Draw, seed: number, step: number): HostTensor => {
  const { name, type, shape } = draw
  const random = stream(seed, `draw ${name}`, step)
  const data = draw.kind === 'uniform' ? drawUniforms(elements(shape), random) : drawNegatives(draw, random)
  return { type, shape, data }
}
