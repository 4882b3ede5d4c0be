import { z } from 'zod'
import { currentOrigin } from '../ir/context.ts'
import { argument, isPlain, options as checked, type Checks } from './check.ts'
import { flag, list, oneOf, shaped } from './kinds.ts'
import { aModule, type Module } from './module.ts'
import type { Origin } from '../base/error.ts'

const LONGEST_NAME = 300

/** How a layer is given the outputs of several. */
export const joins = ['concat', 'add'] as const
/** How a layer reads several others: side by side ('concat') or added up ('add'). */
export type Join = (typeof joins)[number]

/** What `layer` takes beside its name and modules. */
export interface LayerOptions {
  /**
   * The layers whose outputs it reads, by their names, each of them before it; `'input'` is the images. Default: the
   * layer before.
   */
  readonly from?: readonly string[]
  /**
   * What becomes of several outputs: `'concat'`, the default, puts their channels (or features) one behind the other,
   * in the order of `from`, as in U-Net and DenseNet; `'add'` adds up outputs of one shape, as in ResNet.
   */
  readonly join?: Join
  /**
   * Nothing of the layer changes in training: no parameter, no running statistic. It computes as after training: batch
   * normalisation by its running statistics, no dropout. Default false.
   */
  readonly frozen?: boolean
}

/** A named group of modules: the unit of local credit. */
export interface Layer extends LayerOptions {
  /** What it is called in tables, graphs and parameters: `conv1.weight`. */
  readonly name: string
  /** What it does, one after the other. */
  readonly modules: readonly Module[]
  /** The program's line. */
  readonly origin: Origin | undefined
}

const modules = list(aModule, 'modules, such as conv(32), relu()', 1)

/** A name that graphs, their files and parameters can carry. */
const layerName = z
  .string({ error: 'a name' })
  .regex(/^[A-Za-z][\w-]*$/, { error: 'letters, digits, _ and -, starting with a letter' })
  .max(LONGEST_NAME, { error: `at most ${LONGEST_NAME} characters` })

const layerChecks: Checks<LayerOptions> = {
  from: list(layerName, "names of earlier layers, or 'input'", 1).optional(),
  join: oneOf(...joins).optional(),
  frozen: flag.optional(),
}

/**
 * A layer of the encoder, `layer('conv1', conv(128), relu(), maxPool(2))`. The name must be unique; parameters
 * are called after it (`conv1.weight`). Options, where there are any, come before the modules:
 * `layer('conv3', { from: ['conv1', 'conv2'] }, conv(64), relu())`.
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
    modules: argument<readonly unknown[]>('layer', 'modules', modules, rest) as readonly Module[],
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
