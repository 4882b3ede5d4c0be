import { argument, nothingMore } from './check.ts'
import { finite, notNegative } from './kinds.ts'
import type { Shape } from '../base/type.ts'
import type { Initializer } from '../bundle/schema/values.ts'

/**
 * How parameters start: the public names `init.…`. Each takes numbers, checks them (UserError 'ProgramError'), and gives
 * an `Init`.
 */

/**
 * How a parameter of this shape starts; the fan-in is the number of inputs that one output sums over: all sizes but the
 * first. The compiler calls it and keeps the numbers in the manifest; the runtime draws from the seed.
 */
export type Init = (shape: Shape, fanIn: number) => Initializer

/** PyTorch's default for linear and convolutional layers, weights and biases: uniform in ±1/√fan-in. */
export function pytorchDefault(...extra: readonly undefined[]): Init {
  nothingMore('init.pytorchDefault', extra)
  return (_, fan) => ({ kind: 'uniform', bound: 1 / Math.sqrt(fan) })
}

/**
 * Normal with variance 2 / fan-in (He et al. 2015), for layers followed by a ReLU: PyTorch's `kaiming_normal_` with its
 * defaults.
 */
export function kaiming(...extra: readonly undefined[]): Init {
  nothingMore('init.kaiming', extra)
  return (_, fan) => ({ kind: 'normal', std: Math.sqrt(2 / fan) })
}

/** Orthonormal rows, or columns where there are more rows (Saxe et al. 2014), times gain. */
export function orthogonal(gain = 1, ...extra: readonly undefined[]): Init {
  nothingMore('init.orthogonal', extra)
  argument('init.orthogonal', 'gain', finite, gain)
  return () => ({ kind: 'orthogonal', gain })
}

/** The identity, at the centre tap of a convolution, times gain. */
export function identity(gain = 1, ...extra: readonly undefined[]): Init {
  nothingMore('init.identity', extra)
  argument('init.identity', 'gain', finite, gain)
  return () => ({ kind: 'identity', gain })
}

/** Uniform from -bound to bound; PyTorch's `uniform_` takes both ends. */
export function uniform(bound: number, ...extra: readonly undefined[]): Init {
  nothingMore('init.uniform', extra)
  argument('init.uniform', 'bound', notNegative, bound)
  return () => ({ kind: 'uniform', bound })
}
/** Normal with mean 0 and this standard deviation. */
export function normal(std: number, ...extra: readonly undefined[]): Init {
  nothingMore('init.normal', extra)
  argument('init.normal', 'std', notNegative, std)
  return () => ({ kind: 'normal', std })
}
/** One number everywhere. */
export function constant(value: number, ...extra: readonly undefined[]): Init {
  nothingMore('init.constant', extra)
  argument('init.constant', 'value', finite, value)
  return () => ({ kind: 'constant', value })
}
/** Zero everywhere. */
export function zeros(...extra: readonly undefined[]): Init {
  nothingMore('init.zeros', extra)
  return constant(0)
}
