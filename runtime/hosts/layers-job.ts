import { z } from 'zod'
import { listOf, plainName } from '../../src/base/strangers.ts'
import { PROTOCOL } from './names.ts'
import { bundleOfJob, dataOfJob, jobId, standing, storedFile } from './job.ts'

/** What the server knows of a group of layers, which some host trains. */

const layersJobSchema = z.strictObject({
  protocol: z.literal(PROTOCOL),
  kind: z.literal('layers'),
  /** A training, of which each group has a record. */
  job: jobId,
  /** As messages name the group: `conv1 to conv3 of mine`. */
  name: plainName,
  bundle: bundleOfJob,
  seed: z.int().nonnegative(),
  totalSteps: z.int().positive(),
  threads: z.int().positive(),
  tf32: z.boolean(),
  data: dataOfJob,
  /** Whether its layers read anything of it. */
  readsData: z.boolean(),
  /** The part of the images that is set aside, if any. */
  validation: z.number().gt(0).lt(1).nullable(),
  /** How many graphs of the schedule each group runs, and which of the groups this is. */
  sizes: listOf(z.int().positive(), 1),
  group: z.int().nonnegative(),
  /** Steps from one place to the next that it can be gone on from. */
  every: z.int().positive(),
  ...standing,
  /** Where it goes on: steps done, what its layers were then (a checkpoint's file; at first: as the seed starts them) … */
  step: z.int().nonnegative(),
  values: storedFile.nullable(),
  /** … and the first message of the stream that holds activity it has not done with. */
  from: z.int().positive(),
})

export { layersJobSchema }
export type LayersJob = z.infer<typeof layersJobSchema>
