import type { Window } from '../ops/window.ts'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { conv2d } from '../ops/conv.ts'
import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { pytorchDefault } from './initializers.ts'
import { count } from './kinds.ts'
import { weightChecks, type LinearOptions } from './linear.ts'
import { module, type Module } from './module.ts'
import { pairOf, shownSides, sides, type Sides } from './sides.ts'
import { fanIn } from './start.ts'
import { Tensor } from './tensor.ts'

/** What `conv` takes beside its channels. */
export interface ConvOptions extends LinearOptions {
  /** Height and width of the kernel, as of all sides one number or `[height, width]`; default 3. */
  readonly kernel?: Sides
  /** Pixels from one output to the next; default 1. */
  readonly stride?: Sides
  /** Zeros above and below, left and right; the default keeps the size of the map at stride 1 and odd kernels. */
  readonly padding?: Sides
  /** Pixels from one tap of the kernel to the next; default 1. */
  readonly dilation?: Sides
  /** Groups of channels that do not mix; default 1. */
  readonly groups?: number
}

const side = sides(1).optional()
const convChecks: Checks<ConvOptions> = {
  kernel: side,
  stride: side,
  padding: sides(0).optional(),
  dilation: side,
  groups: count.optional(),
  ...weightChecks,
}

function windowOf({ kernel = 3, stride = 1, dilation = 1, padding }: ConvOptions): Window {
  const [taps, steps] = [pairOf(kernel), pairOf(dilation)]
  const keeping = (axis: 0 | 1) => steps[axis] * Math.floor((taps[axis] - 1) / 2)
  return {
    kernel: taps,
    stride: pairOf(stride),
    padding: pairOf(padding ?? [keeping(0), keeping(1)]),
    dilation: steps,
  }
}

/**
 * Convolution of maps [rows, in, H, W] to [rows, channels, H', W'] (PyTorch's Conv2d, but padded by default). Of signals,
 * which are maps of height 1, `conv(32, { kernel: [1, 9] })` is PyTorch's Conv1d.
 */
export function conv(channels: number, options: ConvOptions = {}, ...extra: readonly undefined[]): Module {
  nothingMore('conv', extra)
  argument('conv', 'channels', count, channels)
  const given = checked('conv', convChecks, options)
  const { groups = 1, bias = true, init = pytorchDefault() } = given
  const { biasInit = pytorchDefault() } = given
  const window = windowOf(given)
  if (channels % groups !== 0)
    throw new UserError('ProgramError', `conv: ${channels} channels do not divide into ${groups} groups`, {
      origin: currentOrigin(),
      help: 'give a number of groups that divides the channels that go in and those that come out',
    })
  const { kernel, stride } = window
  const strided = stride.every((step) => step === 1) ? '' : `, stride ${shownSides(stride)}`
  return module(`conv(${channels}, ${shownSides(kernel, 'long')}${strided})`, (x, { parameter, connect }) => {
    const inputs = x.size(1) / groups
    if (x.shape.length !== 4 || !Number.isInteger(inputs))
      throw new UserError('ShapeError', `conv of ${groups} groups cannot read [${x.shape.join(', ')}]`, {
        origin: currentOrigin(),
        help: 'it needs maps [rows, channels, height, width], whose channels divide into the groups',
      })
    const shape = [channels, inputs, ...kernel]
    const weight = parameter('weight', shape, init, fanIn(shape))
    const offset = bias ? parameter('bias', [channels], biasInit, fanIn(shape)) : undefined
    const apply = (pre: Tensor, weight: Tensor, bias?: Tensor) =>
      new Tensor(conv2d(pre.node, weight.node, bias?.node, { ...window, groups }))
    const preactivation = apply(x, weight, offset)
    connect({ weight, bias: offset, pre: x, preactivation, apply })
    return preactivation
  })
}
