import { UserError, type Origin } from '../error.ts'
import { currentOrigin, within } from '../ir/context.ts'
import { conv2d } from '../ops/conv.ts'
import { constant } from '../ops/leaf.ts'
import { maxPool as maxPoolNode } from '../ops/pool.ts'
import { requireKnown } from './choose.ts'
import { fanIn, pytorchDefault, type Init } from './initializers.ts'
import { Tensor } from './tensor.ts'
import type { LayerScope } from './layer-scope.ts'

/** One step of a layer: plain data and how it acts on [rows, …] activity. */
export interface Module {
  /** As in a paper's table: `conv(128, 3×3)`. */
  readonly summary: string
  readonly origin: Origin | undefined
  readonly apply: (x: Tensor, scope: LayerScope) => Tensor
}

/** A named group of modules: the unit of local credit. */
export interface Layer {
  readonly name: string
  readonly modules: readonly Module[]
  readonly origin: Origin | undefined
}

const module = (summary: string, apply: Module['apply']): Module => {
  const origin = currentOrigin()
  return { summary, origin, apply: (x, scope) => within({ origin }, () => apply(x, scope)) }
}

/**
 * A layer of the encoder, `layer('conv1', conv(128), relu(), maxPool(2))`. The name must be unique; parameters
 * are called after it (`conv1.weight`).
 */
export function layer(name: string, ...modules: readonly Module[]): Layer {
  const origin = currentOrigin()
  if (!/^[A-Za-z][\w-]*$/.test(name))
    throw new UserError('ProgramError', `'${name}' is not a name for a layer`, {
      origin,
      help: 'use letters, digits, _ and -, starting with a letter',
    })
  return { name, modules, origin }
}

export interface ConvOptions {
  /** Height and width of the kernel; default 3. */
  readonly kernel?: number
  readonly stride?: number
  /** Zeros on each side; the default keeps the size of the map at stride 1 and odd kernels. */
  readonly padding?: number
  readonly dilation?: number
  readonly groups?: number
  readonly bias?: boolean
  readonly init?: Init
  readonly biasInit?: Init
}

const convOptions = ['kernel', 'stride', 'padding', 'dilation', 'groups', 'bias', 'init', 'biasInit']

/** Convolution of maps [rows, in, H, W] to [rows, channels, H', W'] (PyTorch's Conv2d, but padded by default). */
export function conv(channels: number, options: ConvOptions = {}): Module {
  requireKnown('conv', options, convOptions)
  const { kernel = 3, stride = 1, dilation = 1, groups = 1, bias = true, init = pytorchDefault() } = options
  const { padding = dilation * Math.floor((kernel - 1) / 2), biasInit = pytorchDefault() } = options
  const strided = stride === 1 ? '' : `, stride ${stride}`
  return module(`conv(${channels}, ${kernel}×${kernel}${strided})`, (x, { parameter, connect }) => {
    const shape = [channels, Math.floor((x.shape[1] ?? 0) / groups), kernel, kernel]
    const weight = parameter('weight', shape, init, fanIn(shape))
    const offset = bias ? parameter('bias', [channels], biasInit, fanIn(shape)) : undefined
    const window = {
      kernel: [kernel, kernel],
      stride: [stride, stride],
      padding: [padding, padding],
      dilation: [dilation, dilation],
    }
    const apply = (pre: Tensor, weight: Tensor, bias?: Tensor) =>
      new Tensor(conv2d(pre.node, weight.node, bias?.node, { ...window, groups }))
    const preactivation = apply(x, weight, offset)
    connect({ weight, bias: offset, pre: x, preactivation, apply })
    return preactivation
  })
}

export interface LinearOptions {
  readonly bias?: boolean
  readonly init?: Init
  readonly biasInit?: Init
}

/** x·Wᵀ + b on [rows, in], weight [units, in] as in PyTorch. */
export function linear(units: number, options: LinearOptions = {}): Module {
  requireKnown('linear', options, ['bias', 'init', 'biasInit'])
  const { bias = true, init = pytorchDefault(), biasInit = pytorchDefault() } = options
  return module(`linear(${units})`, (x, { parameter, connect }) => {
    const inputs = x.shape.at(-1) ?? 1
    const weight = parameter('weight', [units, inputs], init, inputs)
    const offset = bias ? parameter('bias', [units], biasInit, inputs) : undefined
    const apply = (pre: Tensor, weight: Tensor) => pre.matmul(weight, { transposeB: true })
    const product = apply(x, weight)
    const preactivation = offset ? product.add(offset) : product
    connect({ weight, bias: offset, pre: x, preactivation, apply })
    return preactivation
  })
}

export const relu = (): Module => module('relu', (x) => x.relu())
export const tanh = (): Module => module('tanh', (x) => x.tanh())
export const sigmoid = (): Module => module('sigmoid', (x) => x.sigmoid())

export interface PoolOptions {
  readonly stride?: number
  readonly padding?: number
}

/** Maxima over size × size windows; the stride defaults to the size. */
export function maxPool(size: number, { stride = size, padding = 0 }: PoolOptions = {}): Module {
  const window = {
    kernel: [size, size],
    stride: [stride, stride],
    padding: [padding, padding],
    dilation: [1, 1],
  }
  return module(`max-pool(${size})`, (x) => new Tensor(maxPoolNode(x.node, window)))
}

/** Means over size × size windows (zeros of the padding counted, as in PyTorch). */
export function averagePool(size: number, { stride = size, padding = 0 }: PoolOptions = {}): Module {
  return module(`average-pool(${size})`, (x) => {
    if (stride === size && padding === 0) return x.averagePool(size)
    // Overlapping windows: a convolution of every map on its own with a constant kernel.
    const [rows = 0, channels = 0, height = 0, width = 0] = x.shape
    const kernel = constant(x.dtype, [1, 1, size, size], new Float64Array(size * size).fill(1 / size ** 2))
    const window = {
      kernel: [size, size],
      stride: [stride, stride],
      padding: [padding, padding],
      dilation: [1, 1],
    }
    const maps = conv2d(x.reshape(rows * channels, 1, height, width).node, kernel, undefined, {
      ...window,
      groups: 1,
    })
    return new Tensor(maps).reshape(rows, channels, ...maps.shape.slice(2))
  })
}

/** [rows, …] to [rows, features]. */
export const flatten = (): Module => module('flatten', (x) => x.flatten())

/** Means over the whole map: [rows, channels, H, W] to [rows, channels]. */
export const globalAverage = (): Module => module('global average', (x) => x.mean(2, 3))

/**
 * Scales each row to root-mean-square 1, so that only the direction of the activity below is passed on
 * (Forward-Forward, Hinton 2022).
 */
export const lengthNorm = (epsilon = 1e-8): Module =>
  module('length norm', (x) => {
    const axes = x.shape.slice(1).map((_, i) => i + 1)
    const meanSquare = x.square().mean(...axes)
    const kept = [x.dim(0), ...axes.map(() => 1)]
    return x.div(
      meanSquare
        .add(epsilon)
        .sqrt()
        .reshape(...kept),
    )
  })
