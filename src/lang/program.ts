import { z } from 'zod'
import type { Origin } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { aTransform, type Transform } from './augment/transform.ts'
import { anImageInput, anInput, imageInput, type ImageInput, type Images } from './image-input.ts'
import { argument, type Checks, isPlain, nothingMore, options as checked } from './check.ts'
import { aCredit, type Credit } from './credit.ts'
import { count, kindOf, label, list, oneOf, shaped } from './kinds.ts'
import { aLayer, type Layer } from './layer.ts'
import { anOptimizer, type Optimizer } from './optimizers/optimizer.ts'
import { precisions, type Precision } from './precision.ts'
import { requireConsistent } from './require-consistent.ts'
import { sides, type Sides } from './sides.ts'
import type { DType } from '../base/dtype.ts'
import type { OptionValues } from './options/values.ts'

/** What `program` takes. */
export interface ProgramOptions<View extends string> {
  /** For tables and reports; default: the rule's. */
  readonly name?: string
  /** The images that it learns from. */
  readonly input: ImageInput
  /** Names of the augmented views of each image that are shown at once; default a and b. */
  readonly views?: readonly View[]
  /** How a view is made of an image; default: as it is. */
  readonly augment?: readonly Transform[]
  /** Images per step; each is shown once per view. */
  readonly batch: number
  /** Layers, each after those that it reads; the last one is the top. */
  readonly encoder: readonly Layer[]
  /** The rule, and who is taught by whose loss: `local(rule)`, `global(rule)` or `blocks([2, 1], rule)`. */
  readonly learn: Credit<NoInfer<View>>
  /** What moves the parameters, such as `adamw({ lr: 1e-3 })`. */
  readonly optimizer: Optimizer
  /**
   * Pool sizes per layer, of squares or `[height, width]`, for the spatial readout of the probes; without it only global
   * averages are read.
   */
  readonly readout?: readonly Sides[]
  /** The type of all parameters and activity; default float32. */
  readonly dtype?: Extract<DType, 'float32' | 'float64'>
  /**
   * 'mixed': while it is trained, convolutions, products of matrices and their gradients are computed in float16, all else in
   * float32, and losses are scaled so that gradients do not vanish (docs/mixed-precision.md). For GPUs. Default: 'full', all in
   * `dtype`.
   */
  readonly precision?: Precision
}

/** A program as `program` made it: all that is compiled, with its defaults filled in. */
export interface Program {
  /** For tables and reports. */
  readonly name: string
  /** The images: sizes in pixels, mean and deviation per channel. */
  readonly input: Images
  /** Names of the augmented versions of an image, in the order of the rows. */
  readonly views: readonly string[]
  /** Transforms, in the order in which they act. */
  readonly augment: readonly Transform[]
  /** Images per step; rows are views × batch. */
  readonly batch: number
  /** Layers, each after those that it reads. */
  readonly encoder: readonly Layer[]
  /** The rule, and who is taught by whose loss. */
  readonly learn: Credit
  /** What moves the parameters. */
  readonly optimizer: Optimizer
  /** Pool sizes per layer for the spatial readout of the probes; undefined: there is none. */
  readonly readout: readonly Sides[] | undefined
  /** The type of all parameters and activity. */
  readonly dtype: 'float32' | 'float64'
  /** In how many bits products are computed while it is trained. */
  readonly precision: Precision
  /** The program's line. */
  readonly origin: Origin | undefined
  /** The values of its options that are in force, where it has any: see `program.options`. */
  readonly options?: OptionValues
}

const programChecks: Checks<ProgramOptions<string>> = {
  name: label().optional(),
  input: anImageInput,
  views: list(label(64), 'names of views', 1).optional(),
  augment: list(aTransform, 'transforms, such as [randomResizedCrop(), colourJitter()]').optional(),
  batch: count,
  encoder: list(aLayer, "layers, such as [layer('conv1', conv(32), relu())]", 1),
  learn: aCredit,
  optimizer: anOptimizer,
  readout: list(sides(1), 'pool sizes, one per layer').optional(),
  dtype: oneOf('float32', 'float64').optional(),
  precision: oneOf(...precisions).optional(),
}

/**
 * What a program file exports as its default: an encoder, what it sees and how it learns.
 *
 * @throws UserError ('ProgramError') where a part is missing, misspelt or not what it may be.
 */
export function program<const View extends string = 'a' | 'b'>(
  options: ProgramOptions<View>,
  ...extra: readonly undefined[]
): Program {
  nothingMore('program', extra)
  const origin = currentOrigin()
  const given = checked<ProgramOptions<string>>('program', programChecks, options)
  const made: Program = {
    name: given.name ?? given.learn.rule.name,
    input: imageInput(given.input),
    views: given.views ?? ['a', 'b'],
    augment: given.augment ?? [],
    batch: given.batch,
    encoder: given.encoder,
    learn: given.learn,
    optimizer: given.optimizer,
    readout: given.readout,
    dtype: given.dtype ?? 'float32',
    precision: given.precision ?? 'full',
    origin,
  }
  requireConsistent(made)
  return made
}

const isOptionValue = (value: unknown): boolean => kindOf(value)?.safeParse(value).success === true

/** What `program` makes, and what a copy of it with another type or batch is. */
const aProgram = shaped<Program>('what program({ … }) returned', {
  name: label(),
  input: anInput,
  views: list(label(64), 'names of views', 1),
  augment: list(aTransform, 'transforms'),
  batch: count,
  encoder: programChecks.encoder,
  learn: aCredit,
  optimizer: anOptimizer,
  readout: programChecks.readout,
  dtype: oneOf('float32', 'float64'),
  precision: oneOf(...precisions),
  options: z
    .custom<OptionValues>((value) => isPlain(value) && Object.values(value).every(isOptionValue), 'options')
    .optional(),
})

/** Whether it is what `program` returned, rather than what it takes. */
export const isProgram = (value: unknown): value is Program => aProgram.safeParse(value).success

/** @throws UserError ('ProgramError') where something else than a program is compiled. */
export function requireProgram(what: string, program: Program): void {
  argument(what, 'program', aProgram, program)
  requireConsistent(program)
}
