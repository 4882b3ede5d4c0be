/** The public names: what programs and rules are written with. */
export { program, type Program, type ProgramOptions, type ImageInput } from './lang/program.ts'
export {
  layer,
  conv,
  linear,
  relu,
  tanh,
  sigmoid,
  maxPool,
  averagePool,
  globalAverage,
  flatten,
  lengthNorm,
  type Layer,
  type Module,
} from './lang/layers.ts'
export { local, global, blocks, type Credit } from './lang/credit.ts'
export {
  rule,
  type Rule,
  type RuleContext,
  type Plasticity,
  type Synapses,
  type Activity,
} from './lang/rule.ts'
export type { LayerScope } from './lang/layer-scope.ts'
export { gradient } from './lang/gradient.ts'
export { Tensor, concat, type Operand } from './lang/tensor.ts'
export { sgd, adam, adamw, type Optimizer } from './lang/optimizers.ts'
export * as rates from './lang/rates.ts'
export * as init from './lang/initializers.ts'
export { crossEntropy, classify } from './lang/supervised.ts'
export {
  randomResizedCrop,
  horizontalFlip,
  colourJitter,
  randomGrey,
  randomInvert,
  randomErase,
  gaussianBlur,
  simclr,
  type Transform,
  type AugmentScope,
  type DrawPerRow,
} from './lang/augment.ts'
export { paintLabel, hybridImages, type NegativeView, type HybridOptions } from './lang/forward-forward.ts'
export { compile, type CompileOptions } from './compile.ts'
export type { Bundle } from './onnx/bundle.ts'
export { choose } from './lang/choose.ts'
export { UserError } from './error.ts'
