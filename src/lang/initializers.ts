import { elements, type Shape } from '../base/type.ts'
import { argument, nothingMore } from './check.ts'
import { finite, notNegative, shape } from './kinds.ts'
import type { Initializer } from '../bundle/schema/values.ts'

/**
 * How a parameter starts, given its shape and fan-in (the inputs that one output sums over). The compiler
 * turns it into plain numbers for the manifest; the runtime draws from the seed.
 */
export type Init = (shape: Shape, fanIn: number) => Initializer

/** Inputs summed by one output of weights [out, in, …]. */
export function fanIn(sizes: Shape, ...extra: readonly undefined[]): number {
  nothingMore('fanIn', extra)
  return elements(argument('fanIn', 'shape', shape, sizes).slice(1))
}

/** PyTorch's default for linear and convolutional layers, weights and biases: uniform in ±1/√fan-in. */
export function pytorchDefault(...extra: readonly undefined[]): Init {
  nothingMore('pytorchDefault', extra)
  return (_, fan) => ({ kind: 'uniform', bound: 1 / Math.sqrt(fan) })
}

/** Normal with variance 2 / fan-in (He et al. 2015), for layers followed by a ReLU. */
export function kaiming(...extra: readonly undefined[]): Init {
  nothingMore('kaiming', extra)
  return (_, fan) => ({ kind: 'normal', std: Math.sqrt(2 / fan) })
}

/** Orthonormal rows, or columns where there are more rows (Saxe et al. 2014), times gain. */
export function orthogonal(gain = 1, ...extra: readonly undefined[]): Init {
  nothingMore('orthogonal', extra)
  argument('orthogonal', 'gain', finite, gain)
  return () => ({ kind: 'orthogonal', gain })
}

/** The identity, at the centre tap of a convolution, times gain. */
export function identity(gain = 1, ...extra: readonly undefined[]): Init {
  nothingMore('identity', extra)
  argument('identity', 'gain', finite, gain)
  return () => ({ kind: 'identity', gain })
}

export function uniform(bound: number, ...extra: readonly undefined[]): Init {
  nothingMore('uniform', extra)
  argument('uniform', 'bound', notNegative, bound)
  return () => ({ kind: 'uniform', bound })
}
export function normal(std: number, ...extra: readonly undefined[]): Init {
  nothingMore('normal', extra)
  argument('normal', 'std', notNegative, std)
  return () => ({ kind: 'normal', std })
}
export function constantInit(value: number, ...extra: readonly undefined[]): Init {
  nothingMore('constantInit', extra)
  argument('constantInit', 'value', finite, value)
  return () => ({ kind: 'constant', value })
}
export function zeros(...extra: readonly undefined[]): Init {
  nothingMore('zeros', extra)
  return constantInit(0)
}
