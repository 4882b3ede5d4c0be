import { UserError, type Origin } from '../error.ts'
import { currentOrigin, within } from '../ir/context.ts'
import { conv2d } from '../ops/conv.ts'
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

/** Makes a module; nodes of its application are labelled with the program's line. */
export const module = (summary: string, apply: Module['apply']): Module => {
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

/** [rows, …] to [rows, features]. */
export const flatten = (): Module => module('flatten', (x) => x.flatten())
