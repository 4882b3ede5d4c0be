import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { pytorchDefault, type Init } from './initializers.ts'
import { count, flag } from './kinds.ts'
import { module, type Module } from './module.ts'
import { anInit } from './start.ts'
import type { Tensor } from './tensor.ts'

/** Of what has weights and biases; they start as PyTorch's do. */
export interface LinearOptions {
  /** Whether a number per unit is added; default true. */
  readonly bias?: boolean
  /** How the weights start; default PyTorch's, uniform in ±1/√fan-in. */
  readonly init?: Init
  /** How the bias starts; default PyTorch's. */
  readonly biasInit?: Init
}

export const weightChecks: Checks<LinearOptions> = {
  bias: flag.optional(),
  init: anInit.optional(),
  biasInit: anInit.optional(),
}
/** x·Wᵀ + b on [rows, in], weight [units, in] as in PyTorch. */
export function linear(units: number, options: LinearOptions = {}, ...extra: readonly undefined[]): Module {
  nothingMore('linear', extra)
  argument('linear', 'units', count, units)
  const given = checked('linear', weightChecks, options)
  const { bias = true, init = pytorchDefault(), biasInit = pytorchDefault() } = given
  return module(`linear(${units})`, (x, { parameter, connect }) => {
    const inputs = x.size(-1)
    const weight = parameter('weight', [units, inputs], init, inputs)
    const offset = bias ? parameter('bias', [units], biasInit, inputs) : undefined
    const apply = (pre: Tensor, weight: Tensor) => pre.matmul(weight, { transposeB: true })
    const product = apply(x, weight)
    const preactivation = offset ? product.add(offset) : product
    connect({ weight, bias: offset, pre: x, preactivation, apply })
    return preactivation
  })
}

/** [rows, …] to [rows, features]. */
export function flatten(...extra: readonly undefined[]): Module {
  nothingMore('flatten', extra)
  return module('flatten', (x) => x.flatten(1))
}
