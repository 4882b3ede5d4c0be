import type { SharedRows } from './shared-rows.ts'
import type { Rows } from '../../data/dataset.ts'
import type { SessionOptions } from '../../session/options.ts'
import type { StepNumbers } from '../step-numbers.ts'
import type { StepInputs } from '../../train/stepper.ts'
import type { Manifest } from '../../../src/bundle/manifest.ts'

/** What the thread that trains and the one that prepares its batches say to each other. */

/** What the preparing thread starts with. */
export interface AheadPlan {
  readonly manifest: Pick<Manifest, 'program' | 'augment' | 'train'>
  /** The graphs of the augmentation, by name. */
  readonly graphs: ReadonlyMap<string, Uint8Array>
  /** Read by the thread itself where it can. */
  readonly dataset: SharedRows
  readonly seed: number
  readonly session: SessionOptions
}

/** Prepare the batch of this step (from 0), whose numbers are known to who asks. */
export interface AheadOrder extends StepNumbers {
  readonly step: number
  /** Its rows, where only the thread that trains can read them. */
  readonly rows: Rows | undefined
}

export type AheadAnswer =
  { readonly kind: 'ready' } | { readonly kind: 'batch'; readonly step: number; readonly inputs: StepInputs }
