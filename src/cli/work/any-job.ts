import type { LayersJob } from '../../../runtime/hosts/layers-job.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'

/** What somebody has published. */
export type AnyJob = RunJob | LayersJob
