import {
  global,
  local,
  program,
  simclr,
  type Credit,
  type Declaration,
  type ImageInput,
  type Layer,
  type Optimizer,
  type Program,
  type ProgramWithOptions,
  type ValuesOf,
} from 'hebb'
import { clapp, clappBoth, clappDirectFeedback, clappPlusPlus, infoNCE } from 'hebb/rules'

/**
 * The six programs that the paper compares on each data set (arXiv 2601.21683, section "Experiments"), given what is
 * particular to the data set. Batches of 32 images in two views; SimCLR's augmentation; probes read every layer
 * over the tiles that CLAPP++ scores.
 */
export interface DataSet {
  /** Name of the data set, for the names of the programs. */
  readonly name: string
  readonly input: ImageInput
  /** Areas of the random crops, as fractions of the image. */
  readonly scale?: readonly [number, number]
  readonly encoder: readonly Layer[]
  /** Side of the tiles over which each layer's activity is averaged before the score, and by the probes. */
  readonly pools: readonly number[]
  readonly optimizer: Optimizer
}

/** Of programs that can be made smaller. */
export interface SizeOptions {
  /** Side of the images, in pixels. */
  readonly size?: number
  /** What all channels are multiplied by. */
  readonly width?: number
}

/** The local rules in the paper's order of accuracy, then those of global credit. */
export const variantNames = [
  'withoutSpatial',
  'plusPlus',
  'directFeedback',
  'both',
  'backpropagation',
  'infoNce',
] as const
export type Variant = (typeof variantNames)[number]

export type Variants<Each = Program> = Readonly<Record<Variant, Each>>

/** Something of each of the six. */
const forEach = <Each>(make: (name: Variant) => Each): Variants<Each> => ({
  withoutSpatial: make('withoutSpatial'),
  plusPlus: make('plusPlus'),
  directFeedback: make('directFeedback'),
  both: make('both'),
  backpropagation: make('backpropagation'),
  infoNce: make('infoNce'),
})

const rules: Variants<(pools: readonly number[]) => readonly [rule: string, learn: Credit<'a' | 'b'>]> = {
  withoutSpatial: () => ['CLAPP++ without spatial dependence', local(clapp())],
  plusPlus: (pools) => ['CLAPP++', local(clappPlusPlus(pools))],
  directFeedback: (pools) => ['CLAPP++DFB', local(clappDirectFeedback(pools))],
  both: (pools) => ['CLAPP++both', local(clappBoth(pools))],
  backpropagation: () => ['BP-CLAPP++', global(clapp())],
  infoNce: () => ['BP-InfoNCE', global(infoNCE({ dimension: 1024, temperature: 0.1, symmetric: true }))],
}

function variant(name: Variant, { name: dataSet, scale, pools, ...rest }: DataSet): Program {
  const [rule, learn] = rules[name](pools)
  return program({
    ...rest,
    name: `${rule} on ${dataSet}`,
    batch: 32,
    augment: simclr(scale ? { scale } : {}),
    readout: pools,
    learn,
  })
}

export const variants = (dataSet: DataSet): Variants => forEach((name) => variant(name, dataSet))

/** The six with options, of which the data set is a function. */
export const variantsWithOptions = <const Declared extends Readonly<Record<string, Declaration>>>(
  declared: Declared,
  dataSet: (values: ValuesOf<Declared>) => DataSet,
): Variants<ProgramWithOptions<ValuesOf<Declared>>> =>
  forEach((name) => program.options(declared, (values) => variant(name, dataSet(values))))

/** The six at other values of their options. */
export const variantsAt = <Values>(
  programs: Variants<ProgramWithOptions<Values>>,
  values: Partial<Values>,
): Variants<ProgramWithOptions<Values>> => forEach((name) => programs[name].with(values))
