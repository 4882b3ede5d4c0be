import { z } from 'zod'
import { options as checked, type Checks } from './check.ts'
import { count, finite, flag, list, oneOf, plain, positive, shaped, whole } from './kinds.ts'

/** What a program is shown. */

/** More than any picture has, and few enough to list a number for each. */
const MOST_CHANNELS = 65536

const DEFAULT_CLASSES = 10

/** The images of a program. */
export interface ImageInput {
  /** 1 of grey images, 3 of colour. */
  readonly channels: number
  /** Height and width in pixels. */
  readonly size: number | readonly [number, number]
  /** Black pixels added on every side before anything else; default none. */
  readonly pad?: number
  /**
   * What a data set holds: bytes, which are seen as 0 to 1 (the default), or numbers of type float32, seen as they are, such
   * as signals.
   */
  readonly type?: 'uint8' | 'float32'
  /**
   * Number of classes, for probes and supervised rules. Where it is not given, commands that see a data set take as many as
   * its labels have; else it is 10.
   */
  readonly classes?: number
  /** Per channel, of pixels in 0..1; images are normalised with them after augmentation. */
  readonly mean?: readonly number[]
  /** Deviation of each channel, by which it is divided; default 1. */
  readonly std?: readonly number[]
}

/** What an image input has when all is said. */
const inputChecks: Checks<ImageInput> = {
  channels: whole(1, MOST_CHANNELS),
  size: z.union([count, z.tuple([count, count])], {
    error: 'pixels, or [height, width] in pixels: whole numbers from 1',
  }),
  pad: whole(0).optional(),
  type: oneOf('uint8', 'float32').optional(),
  classes: count.optional(),
  mean: list(finite, 'numbers, one per channel').optional(),
  std: list(positive, 'numbers above 0, one per channel').optional(),
}

/** @throws UserError ('ProgramError') where a part is missing, misspelt or not what it may be */
export function imageInput(options: ImageInput): Images {
  const given = checked('input', inputChecks, options)
  const { channels, size, type = 'uint8', classes, pad = 0, mean, std } = given
  const [height, width] = typeof size === 'number' ? [size, size] : size
  const perChannel = (value: number) => Array<number>(channels).fill(value)
  return {
    channels,
    height,
    width,
    type,
    pad,
    classes: classes ?? DEFAULT_CLASSES,
    areClassesGiven: classes !== undefined,
    mean: mean ?? perChannel(0),
    std: std ?? perChannel(1),
  }
}

/** As a program has it: sizes in pixels, mean and deviation per channel. */
export type Images = Required<Omit<ImageInput, 'size'>> & {
  readonly height: number
  readonly width: number
  /** Whether the program says how many classes there are. */
  readonly areClassesGiven: boolean
}

/** A program that does not say how many classes there are, for so many; any other as it is. */
export const withClasses = <P extends { readonly input: Images }>(
  program: P,
  classes: number | undefined,
): P =>
  classes === undefined || program.input.areClassesGiven
    ? program
    : { ...program, input: { ...program.input, classes } }

export const anImageInput = z.custom<ImageInput>(
  (value) => plain.safeParse(value).success,
  'what images are like: { channels: 3, size: 32 }',
)

export const anInput = shaped<Images>('an input', {
  channels: inputChecks.channels,
  height: count,
  width: count,
  pad: whole(0),
  type: oneOf('uint8', 'float32'),
  classes: count,
  areClassesGiven: flag,
  mean: list(finite, 'numbers'),
  std: list(positive, 'numbers above 0'),
})
