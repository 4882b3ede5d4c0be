import type { Parameter } from '../../src/bundle/schema/values.ts'
import { UserError } from '../../src/base/error.ts'
import { orthonormalVectors } from './orthonormal.ts'
import { stream } from './random.ts'
import type { Stream } from './random.ts'
import { allocate } from './tensor.ts'
import type { HostTensor, TypedData } from './tensor.ts'

type Floats = Float32Array | Float64Array

const fill = (data: Floats, next: () => number): void => {
  for (let index = 0; index < data.length; index++) data[index] = next()
}

/** The first axis by all others: rows orthonormal, or columns where there are more rows than columns. */
const fillOrthogonal = (data: Floats, rows: number, gain: number, random: Stream): void => {
  if (data.length === 0) return
  const columns = data.length / rows
  const wide = rows <= columns
  const vectors = orthonormalVectors(Math.min(rows, columns), Math.max(rows, columns), random)
  const [between, within] = wide ? [columns, 1] : [1, columns]
  vectors.forEach((vector, v) => {
    vector.forEach((value, i) => {
      data[v * between + i * within] = gain * value
    })
  })
}

/** [out, in], or [out, in, height, width] with the one at the kernel's centre (the later of two middles). */
const fillIdentity = (data: Floats, { name, shape }: Parameter, gain: number): void => {
  const [rows, columns, height = 1, width = 1] = shape
  if (rows === undefined || columns === undefined || (shape.length !== 2 && shape.length !== 4)) {
    throw new UserError('BundleError', `parameter '${name}' [${shape}] cannot start as an identity`, {
      help: 'Use the identity for matrices and convolution kernels only.',
    })
  }
  const centre = Math.floor(height / 2) * width + Math.floor(width / 2)
  for (let channel = 0; channel < Math.min(rows, columns); channel++) {
    data[(channel * columns + channel) * height * width + centre] = gain
  }
}

/**
 * The value that a parameter starts with. Each has a stream of its own, found by its name, so another
 * parameter more or less changes nothing here. Computed in float64, then rounded to the parameter's type.
 *
 * @param data zeros to write it to, where they are there already
 * Throws a UserError of kind BundleError for types other than float32 and float64.
 */
export const initialise = (
  parameter: Parameter,
  seed: number,
  data: TypedData = allocate(parameter.type, parameter.shape).data,
): HostTensor => {
  const { name, type, shape, init } = parameter
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) {
    throw new UserError(
      'BundleError',
      `parameter '${name}' is ${type}, and only float32 and float64 can be started`,
      {
        help: 'Compile the program as float32.',
      },
    )
  }
  const random = stream(seed, `parameter ${name}`)
  switch (init.kind) {
    case 'constant':
      data.fill(init.value)
      break
    case 'uniform':
      fill(data, () => (2 * random.uniformDouble() - 1) * init.bound)
      break
    case 'normal':
      fill(data, () => random.normal() * init.std)
      break
    case 'orthogonal':
      fillOrthogonal(data, shape[0] ?? 1, init.gain, random)
      break
    case 'identity':
      fillIdentity(data, parameter, init.gain)
      break
  }
  return { type, shape, data }
}
