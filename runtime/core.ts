/**
 * What trains a bundle wherever JavaScript runs: steps, batches, probes, alignment. Nothing that it is made of knows Node.js,
 * but through `#platform` and `#here`, which are others in a browser; `test/core.test.ts` goes through all of it.
 */
export { openBundle, type BundleFiles } from '../src/bundle/open-bundle.ts'
export { graphsOf } from '../src/bundle/sections.ts'
export { parseManifest } from '../src/bundle/parse-manifest.ts'
export type { Bundle } from '../src/bundle/bundle.ts'
export { BatchInputs } from './batches/batch-inputs.ts'
export { batchesPerEpoch } from './batches/epoch.ts'
export { AlignmentMeter, type AlignmentOptions } from './align/measure.ts'
export { subset, type Dataset } from './data/dataset.ts'
export { dataset } from './data/make-dataset.ts'
export { IMAGES_MAGIC, LABELS_MAGIC, headerBytes, parseIdxHeader } from './data/formats/idx/header.ts'
export { LayerProbes } from './online/layer-probes.ts'
export { Stepper } from './train/stepper.ts'
export { Trainer, type StepDone, type TrainerOptions } from './train/trainer.ts'
export { untaught } from './values/start.ts'
export type { HostTensor } from './values/tensor.ts'
export type { Values } from './values/value-store.ts'
