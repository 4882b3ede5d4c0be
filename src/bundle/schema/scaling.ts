import { z } from 'zod'
import { listOf } from '../../base/strangers.ts'
import { name } from './basic.ts'

/** States of one block, each a float32 number. */
const block = z.strictObject({
  /** That names the block: its top one. */
  layer: name,
  /** What its loss is multiplied by; graphs read it, and only the runtime changes it. Absent where no loss teaches it. */
  scale: name.optional(),
  /** Counted by graphs, and set back by the runtime: steps, and those of the window that were skipped. */
  steps: name,
  skipped: name,
})
export type BlockScaling = z.infer<typeof block>

/**
 * How the loss scales of mixed precision are adjusted between steps: where a window of steps ends, halved where one was
 * skipped as its gradients were not finite, and divided by 16 where half of them were; doubled after `growAfter` steps without one.
 * The first windows end after 1, 2, 4, … steps, then after `every` and each `every` more. A run of the graphs ends where a
 * window does, so that the bits depend on the steps alone.
 */
export const scaling = z.strictObject({
  every: z.int().positive(),
  growAfter: z.int().positive(),
  smallest: z.number().positive(),
  largest: z.number().positive(),
  blocks: listOf(block),
})
export type Scaling = z.infer<typeof scaling>
