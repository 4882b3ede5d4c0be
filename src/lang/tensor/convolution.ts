import { z } from 'zod'
import { options, type Checks } from '../check.ts'
import { count } from '../kinds.ts'
import { pairOf, sides, type Sides } from '../sides.ts'
import { misuse } from '../operands.ts'
import { Symbolic } from './symbolic.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

export interface ConvolutionOptions {
  /** [out], added to every pixel. */
  readonly bias?: Symbolic<unknown>
  /** One number or `[height, width]`, as of all sides; default 1. */
  readonly stride?: Sides
  /** Zeros above and below, left and right; default 0. */
  readonly padding?: Sides
  readonly dilation?: Sides
  readonly groups?: number
}

const checks: Checks<ConvolutionOptions> = {
  bias: z.custom<Symbolic<unknown>>((value) => value instanceof Symbolic, 'a tensor').optional(),
  stride: sides(1).optional(),
  padding: sides(0).optional(),
  dilation: sides(1).optional(),
  groups: count.optional(),
}

/** @throws UserError ('TraceError') where an option is none, or the kernels have no height and width. */
export function windowFor(
  x: Node,
  kernels: Node,
  given: ConvolutionOptions,
): { readonly bias: Node | undefined; readonly window: ConvAttributes } {
  const checked = options('conv2d', checks, given, { kind: 'TraceError' })
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = checked
  const [, , height, width, ...more] = kernels.shape
  if (height === undefined || width === undefined || more.length > 0)
    throw misuse(
      x,
      `cannot conv2d by [${kernels.shape.join(', ')}]`,
      'give kernels [out, channels / groups, height, width]',
    )
  const window = {
    kernel: [height, width] as const,
    stride: pairOf(stride),
    padding: pairOf(padding),
    dilation: pairOf(dilation),
    groups,
  }
  return { bias: bias?.node, window }
}
