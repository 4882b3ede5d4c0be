import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * One case of a benchmark, as both sides are told it: `case.json` in a folder, with the tensors it names in
 * safetensors files beside it and, for our side, the compiled bundle.
 */

const positive = z.int().positive()

/** What any training step is told. */
const training = {
  learningRate: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  /** Number of batches in batches.safetensors (`INDEX/views`, `INDEX/negatives`), shown in turn. */
  batches: positive,
}

/** A 3×3 convolution, pooled or not; or, as ResNets have them, the first one and a block, with batch normalisation. */
const layer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conv'), name: z.string(), pooled: z.boolean() }),
  z.strictObject({ kind: z.literal('stem'), name: z.string() }),
  z.strictObject({ kind: z.literal('block'), name: z.string(), stride: positive }),
])

/** A training step of an encoder of convolutions. */
const step = z.strictObject({
  kind: z.literal('step'),
  rule: z.enum(['clapp', 'infonce']),
  /** A loss per layer; the same with the top layer's activity as reference; one loss at the top. */
  credit: z.enum(['local', 'feedback', 'global']),
  layers: z.array(layer),
  /** Sides of the tiles that losses average over; null: the whole map. */
  pools: z.array(positive).nullable(),
  temperature: z.number().positive(),
  ...training,
})
export type StepCase = z.infer<typeof step>

/** A training step of Forward-Forward on fully connected layers; goodness is the mean of squares. */
const forwardForward = z.strictObject({
  kind: z.literal('forwardforward'),
  layers: z.array(z.string()),
  threshold: z.number(),
  ...training,
})
export type ForwardForwardCase = z.infer<typeof forwardForward>

/** Bytes to two augmented, normalised views. */
const augment = z.strictObject({
  kind: z.literal('augment'),
  batch: positive,
  workers: positive,
  scale: z.tuple([z.number(), z.number()]),
  jitter: z.strictObject({
    brightness: z.number(),
    contrast: z.number(),
    saturation: z.number(),
    hue: z.number(),
    chance: z.number(),
  }),
  grey: z.number(),
  blur: z.strictObject({ kernel: positive, sigma: z.tuple([z.number(), z.number()]), chance: z.number() }),
  mean: z.array(z.number()),
  std: z.array(z.number()),
})
export type AugmentCase = z.infer<typeof augment>

/** One operation: a stride-1 3×3 convolution and its gradients, or a product of matrices. */
const ops = z.strictObject({ kind: z.literal('ops'), op: z.enum(['conv', 'matmul']) })
export type OpsCase = z.infer<typeof ops>

/** What a machine does at most: copies of so many bytes, and products of square matrices of this side. For a peer alone. */
const limits = z.strictObject({ kind: z.literal('limits'), bytes: positive, size: positive })

const caseSchema = z.discriminatedUnion('kind', [step, forwardForward, augment, ops, limits])
export type Case = z.infer<typeof caseSchema>

export const readCase = (folder: string): Case =>
  caseSchema.parse(JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')))

export const writeCase = (folder: string, value: Case): void => {
  writeFileSync(join(folder, 'case.json'), JSON.stringify(value))
}
