/**
 * What runs a bundle, without the compiler.
 *
 * @module hebb/runtime
 */
export { allocatorSettings, keepsFreedMemory, nodeFlags } from './session/allocator.mjs'
export { loadBundle } from '../src/bundle/load-bundle.ts'
export type { Bundle, Graphs } from '../src/bundle/bundle.ts'
export { providers, type Provider, type SessionOptions } from './session/options.ts'
export { Stepper, type StepInputs, type StepResults } from './train/stepper.ts'
export type { StepperOptions } from './train/stepper-options.ts'
export type { Values } from './values/value-store.ts'
export { Trainer, type TrainerOptions } from './train/trainer.ts'
export { averagedValues } from './values/averaged.ts'
export { initialValues, startOf } from './values/start.ts'
export { DEFAULT_EPOCHS } from './train/run-plan.ts'
export type { Listener } from './given/hearing.ts'
export { RunTrainer } from './train/run-trainer.ts'
export type { Choice, Timed } from './train/choose.ts'
export { train, type Progress, type TrainOptions, type TrainSummary } from './train/train.ts'
export { loadRunCheckpoint, openRun, runFiles, type RunFolder } from './files/run-folder.ts'
export {
  loadCheckpoint,
  openCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type OpenCheckpoint,
} from './files/checkpoint.ts'
export type { Saved } from './files/sinks.ts'
export { type Metrics } from './files/metrics-line.ts'
export { readMetrics } from './files/metrics.ts'
export { type Accuracies, type ProbeLine } from './files/probe-line.ts'
export { readProbes } from './files/probes.ts'
export { subset, type Dataset, type Split } from './data/dataset.ts'
export { dataset, type DatasetOptions } from './data/make-dataset.ts'
export { findData, openDataset } from './data/open.ts'
export type { DataSource, Preparing } from './data/format.ts'
export { probeEncoder, probePixels, type ProbeOptions, type ProbeResult } from './probe/probe.ts'
export type { Crops } from './probe/cropped.ts'
export { evaluate, type EvaluateOptions, type JudgedHead } from './evaluate/evaluate.ts'
export { GradientEvaluator, type ParameterGradients } from './align/gradients.ts'
export { measureAlignment, type Alignment, type AlignmentOptions } from './align/measure.ts'
export { trainProjections, type ProjectionOptions } from './align/train-projections.ts'
export { readSafetensors, writeSafetensors } from './files/safetensors.ts'
export type { HostTensor } from './values/tensor.ts'
