import type { Window } from '../ops/window.ts'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { conv2d } from '../ops/conv.ts'
import { argument, options as checked, type Checks } from './check.ts'
import { pytorchDefault } from './initializers.ts'
import { count, whole } from './kinds.ts'
import { weightChecks, type LinearOptions } from './linear.ts'
import { module, type Module } from './module.ts'
import { fanIn } from './start.ts'
import { Tensor } from './tensor.ts'

/** What `conv` takes beside its channels. */
export interface ConvOptions extends LinearOptions {
  /** Height and width of the kernel; default 3. */
  readonly kernel?: number
  /** Pixels from one output to the next; default 1. */
  readonly stride?: number
  /** Zeros on each side; the default keeps the size of the map at stride 1 and odd kernels. */
  readonly padding?: number
  /** Pixels from one tap of the kernel to the next; default 1. */
  readonly dilation?: number
  /** Groups of channels that do not mix; default 1. */
  readonly groups?: number
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
