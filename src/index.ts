/**
 * The public names: what programs and rules are written with.
 *
 * @module hebb
 */
export type { Program, ProgramOptions } from './lang/program.ts'
export type { Precision } from './lang/precision.ts'
export { program, type MakeProgram } from './lang/options/program.ts'
export { option } from './lang/options/declare.ts'
export type { ProgramWithOptions } from './lang/options/with-options.ts'
export type {
  Declaration,
  DeclaredOption,
  Option,
  OptionValue,
  OptionValues,
  ValueOf,
  ValuesOf,
} from './lang/options/values.ts'
export type { ImageInput } from './lang/image-input.ts'
export { layer, type Layer, type LayerOptions, type Join } from './lang/layer.ts'
export { module, type Module } from './lang/module.ts'
export { conv, type ConvOptions } from './lang/conv.ts'
export { linear, flatten, type LinearOptions } from './lang/linear.ts'
export { relu, tanh, sigmoid, triangle, dropout } from './lang/activations.ts'
export { maxPool, averagePool, globalAverage, type PoolOptions } from './lang/pooling.ts'
export type { Sides } from './lang/sides.ts'
export { batchNorm, layerNorm, lengthNorm, type BatchNormOptions } from './lang/normalisation.ts'
export { residual } from './lang/residual.ts'
export { patches } from './lang/patches.ts'
export { local, global, blocks, type Credit, type CreditOptions } from './lang/credit.ts'
export {
  rule,
  type Rule,
  type RuleOptions,
  type RuleNeeds,
  type RuleContext,
  type Synapses,
  type Activity,
} from './lang/rule.ts'
export { lossOf } from './lang/loss-of.ts'
export type { Lesson, Log, LoggedLoss, Plasticity } from './lang/lesson.ts'
export type { LayerScope, Connection } from './lang/layer-scope.ts'
export { gradient } from './lang/gradient.ts'
export {
  Tensor,
  concat,
  where,
  type Axes,
  type MatmulOptions,
  type Operand,
  type ReduceOptions,
} from './lang/tensor.ts'
export {
  optimizer,
  type Optimizer,
  type OptimizerOptions,
  type Update,
  type Updated,
} from './lang/optimizers/optimizer.ts'
export type { Clip, OwnSettings, ParameterInfo, SharedOptions } from './lang/optimizers/settings.ts'
export { ema, swa, type Average, type EmaOptions, type SwaOptions } from './lang/optimizers/average.ts'
export { constant, arange, type ArangeOptions, type Nested } from './lang/constants.ts'
export { sgd, type SgdOptions } from './lang/optimizers/sgd.ts'
export { adam, adamw, type AdamOptions } from './lang/optimizers/adam.ts'
export { rmsprop, type RmspropOptions } from './lang/optimizers/rmsprop.ts'
export { lion, type LionOptions } from './lang/optimizers/lion.ts'
export { lars, type LarsOptions } from './lang/optimizers/lars.ts'
export * as rates from './lang/rates.ts'
export * as init from './lang/initializers.ts'
export { sweep, type Sweep, type SweepOptions } from './lang/sweep.ts'
export { crossEntropy, classify } from './lang/supervised.ts'
export { randomResizedCrop, type CropOptions } from './lang/augment/crop.ts'
export { horizontalFlip, rotation, type RotationOptions } from './lang/augment/geometry.ts'
export { colourJitter, type JitterOptions } from './lang/augment/jitter.ts'
export { randomGrey, randomInvert, solarise, type SolariseOptions } from './lang/augment/colour.ts'
export { gaussianBlur, type BlurOptions } from './lang/augment/blur.ts'
export { randomErase } from './lang/augment/erase.ts'
export { simclr } from './lang/augment/simclr.ts'
export { transform, type Transform, type AugmentScope, type DrawPerRow } from './lang/augment/transform.ts'
export {
  paintLabel,
  hybridImages,
  type NegativeView,
  type HybridOptions,
} from './lang/augment/forward-forward.ts'
export { compile, type CompileOptions } from './compile.ts'
export { compileGradients, compileAlignment, type CompiledSections } from './compile-gradients.ts'
export { compileCrops, type CropsOptions } from './compile-crops.ts'
export type { CompiledBundle } from './bundle/bundle-in-memory.ts'
export type { Bundle, Graphs } from './bundle/bundle.ts'
export { writeBundle } from './bundle/write-bundle.ts'
export * as check from './lang/rule-check.ts'
export type { Signal, SignalKind } from './bundle/signals.ts'
export { UserError } from './base/error.ts'
