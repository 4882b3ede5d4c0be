/** What runs a bundle, without the compiler. */
export { allocatorSettings, keepsFreedMemory, nodeFlags } from './allocator.mjs'
export { bundleInMemory, loadBundle, type LoadedBundle } from './bundle.ts'
export { providers, type Provider, type SessionOptions } from './provider.ts'
export { Stepper, type StepInputs, type StepResults, type Values } from './stepper.ts'
export { Trainer, type TrainerOptions } from './trainer.ts'
export { initialValues, startOf } from './start.ts'
export { DEFAULT_EPOCHS } from './run-plan.ts'
export { train, type Progress, type TrainOptions, type TrainSummary } from './train.ts'
export { loadRunCheckpoint, openRun, runFiles, type RunFolder } from './run-folder.ts'
export {
  loadCheckpoint,
  openCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type OpenCheckpoint,
} from './checkpoint.ts'
export { readMetrics, type Metrics } from './metrics.ts'
export { openDataset, type Dataset } from './data/dataset.ts'
export { probeEncoder, probePixels, type ProbeOptions, type ProbeResult } from './probe/probe.ts'
export { GradientEvaluator, type ParameterGradients } from './gradients.ts'
export { measureAlignment, type Alignment, type AlignmentOptions } from './align/measure.ts'
export { trainProjections, type ProjectionOptions } from './align/train-projections.ts'
export { readSafetensors, writeSafetensors } from './safetensors.ts'
export type { HostTensor } from './tensor.ts'
