import type { Window } from '../ops/window.ts'
import { z } from 'zod'
import { UserError, type Origin } from '../base/error.ts'
import { currentOrigin, within } from '../ir/context.ts'
import { conv2d } from '../ops/conv.ts'
import { argument, isPlain, nothingMore, options as checked, type Checks } from './check.ts'
import { pytorchDefault, type Init } from './initializers.ts'
import { callback, count, flag, list, shaped, whole } from './kinds.ts'
import { returned } from './returned.ts'
import { shown } from './show.ts'
import { anInit, fanIn } from './start.ts'
import { Tensor } from './tensor.ts'
import type { LayerScope } from './layer-scope.ts'

const LONGEST_NAME = 300

/** One step of a layer: plain data and how it acts on [rows, …] activity. */
export interface Module {
  /** As in a paper's table: `conv(128, 3×3)`. */
  readonly summary: string
  readonly origin: Origin | undefined
  readonly apply: (x: Tensor, scope: LayerScope) => Tensor
}

export interface LayerOptions {
  /**
   * Nothing of the layer changes in training: no parameter, no running statistic. It computes as after training: batch
   * normalisation by its running statistics, no dropout. Default false.
   */
  readonly frozen?: boolean
}

/** A named group of modules: the unit of local credit. */
export interface Layer extends LayerOptions {
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
 * One after the other.
 *
 * @throws UserError ('ProgramError') where a module, which may be the user's, returns something else than a tensor.
 */
export const applyModules = (modules: readonly Module[], x: Tensor, scope: LayerScope): Tensor =>
  modules.reduce(
    (y, module) =>
      returned(`module ${shown(module.summary)}`, module.apply(y, scope), { origin: module.origin }),
    x,
  )

export const aModule = shaped<Module>('a module, such as relu()', {
  summary: z.string(),
  apply: callback<Module['apply']>('a function'),
})
const modules = list(aModule, 'modules, such as conv(32), relu()', 1)

/** A name that graphs, their files and parameters can carry. */
const layerName = z
  .string({ error: 'a name' })
  .regex(/^[A-Za-z][\w-]*$/, { error: 'letters, digits, _ and -, starting with a letter' })
  .max(LONGEST_NAME, { error: `at most ${LONGEST_NAME} characters` })

const layerChecks: Checks<LayerOptions> = { frozen: flag.optional() }

/**
 * A layer of the encoder, `layer('conv1', conv(128), relu(), maxPool(2))`. The name must be unique; parameters
 * are called after it (`conv1.weight`). Options, where there are any, come before the modules:
 * `layer('conv1', { frozen: true }, conv(128), relu())`.
 *
 * @throws UserError ('ProgramError') where a name or an option is none, or there are no modules.
 */
export function layer(name: string, ...modules: readonly Module[]): Layer
export function layer(name: string, options: LayerOptions, ...modules: readonly Module[]): Layer
export function layer(name: string, ...given: readonly (LayerOptions | Module)[]): Layer {
  const [first] = given
  const [options, rest] = isOptions(first) ? [first, given.slice(1)] : [{}, given]
  return {
    name: argument('layer', 'name', layerName, name),
    ...checked('layer', layerChecks, options),
    modules: argument('layer', 'modules', modules as z.ZodType<typeof rest>, rest) as readonly Module[],
    origin: currentOrigin(),
  }
}

/** What a module has, and options have not, is `apply`. */
const isOptions = (first: LayerOptions | Module | undefined): first is LayerOptions =>
  isPlain(first) && !('apply' in first)

export const aLayer = shaped<Layer>("a layer, such as layer('conv1', conv(32), relu())", {
  name: layerName,
  modules,
  ...layerChecks,
})

/** Of what has weights and biases; they start as PyTorch's do. */
export interface LinearOptions {
  readonly bias?: boolean
  readonly init?: Init
  readonly biasInit?: Init
}

export interface ConvOptions extends LinearOptions {
  /** Height and width of the kernel; default 3. */
  readonly kernel?: number
  readonly stride?: number
  /** Zeros on each side; the default keeps the size of the map at stride 1 and odd kernels. */
  readonly padding?: number
  readonly dilation?: number
  readonly groups?: number
}

const weightChecks: Checks<LinearOptions> = {
  bias: flag.optional(),
  init: anInit.optional(),
  biasInit: anInit.optional(),
}
const side = count.optional()
const convChecks: Checks<ConvOptions> = {
  kernel: side,
  stride: side,
  padding: whole(0).optional(),
  dilation: side,
  groups: side,
  ...weightChecks,
}

/** Convolution of maps [rows, in, H, W] to [rows, channels, H', W'] (PyTorch's Conv2d, but padded by default). */
export function conv(channels: number, options: ConvOptions = {}): Module {
  argument('conv', 'channels', count, channels)
  const given = checked('conv', convChecks, options)
  const { kernel = 3, stride = 1, dilation = 1, groups = 1, bias = true, init = pytorchDefault() } = given
  const { padding = dilation * Math.floor((kernel - 1) / 2), biasInit = pytorchDefault() } = given
  if (channels % groups !== 0)
    throw new UserError('ProgramError', `conv: ${channels} channels do not divide into ${groups} groups`, {
      origin: currentOrigin(),
      help: 'give a number of groups that divides the channels that go in and those that come out',
    })
  const strided = stride === 1 ? '' : `, stride ${stride}`
  return module(`conv(${channels}, ${kernel}×${kernel}${strided})`, (x, { parameter, connect }) => {
    const inputs = x.size(1) / groups
    if (x.shape.length !== 4 || !Number.isInteger(inputs))
      throw new UserError('ShapeError', `conv of ${groups} groups cannot read [${x.shape.join(', ')}]`, {
        origin: currentOrigin(),
        help: 'it needs maps [rows, channels, height, width], whose channels divide into the groups',
      })
    const shape = [channels, inputs, kernel, kernel]
    const weight = parameter('weight', shape, init, fanIn(shape))
    const offset = bias ? parameter('bias', [channels], biasInit, fanIn(shape)) : undefined
    const window: Window = {
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

/** x·Wᵀ + b on [rows, in], weight [units, in] as in PyTorch. */
export function linear(units: number, options: LinearOptions = {}): Module {
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
