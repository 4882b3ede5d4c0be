import { z } from 'zod'
import { options as checked, type Checks } from './check.ts'
import { count, finite, list, positive, whole } from './kinds.ts'

/** More than any picture has, and few enough to list a number for each. */
const MOST_CHANNELS = 65536

/** The images of a program. */
export interface ImageInput {
  /** 1 of grey images, 3 of colour. */
  readonly channels: number
  /** Height and width in pixels. */
  readonly size: number | readonly [number, number]
  /** Black pixels added on every side before anything else; default none. */
  readonly pad?: number
  /** Number of classes, for probes and supervised rules. */
  readonly classes?: number
  /** Per channel, of pixels in 0..1; images are normalised with them after augmentation. */
  readonly mean?: readonly number[]
  /** Deviation of each channel, by which it is divided; default 1. */
  readonly std?: readonly number[]
}

export const inputChecks: Checks<ImageInput> = {
  channels: whole(1, MOST_CHANNELS),
  size: z.union([count, z.tuple([count, count])], {
    error: 'pixels, or [height, width] in pixels: whole numbers from 1',
  }),
  pad: whole(0).optional(),
  classes: count.optional(),
  mean: list(finite, 'numbers, one per channel').optional(),
  std: list(positive, 'numbers above 0, one per channel').optional(),
}

/** As a program has it: sizes in pixels, mean and deviation per channel. */
export type Images = Required<Omit<ImageInput, 'size'>> & { readonly height: number; readonly width: number }

/** @throws UserError ('ProgramError') where a size is none, or a name is misspelt. */
export function imageInput(options: ImageInput): Images {
  const { channels, size, classes = 10, pad = 0, mean, std } = checked('input', inputChecks, options)
  const [height, width] = typeof size === 'number' ? [size, size] : size
  const perChannel = (value: number) => Array<number>(channels).fill(value)
  return { channels, height, width, pad, classes, mean: mean ?? perChannel(0), std: std ?? perChannel(1) }
}
