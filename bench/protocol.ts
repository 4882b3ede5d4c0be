import { z } from 'zod'

/** What a benchmark and its child processes say to each other: one JSON a line, an answer to every command. */

/** Of a peer: see bench/peers/settings.py. */
const peerSettings = z.strictObject({ tf32: z.boolean().optional() })
export type PeerSettings = z.infer<typeof peerSettings>

export const commandSchema = z.discriminatedUnion('command', [
  /** Reads a case: case.json and what lies beside it. */
  z.strictObject({ command: z.literal('open'), folder: z.string(), settings: peerSettings.optional() }),
  /** Does the work of a variant `count` times, without a pause. */
  z.strictObject({ command: z.literal('run'), variant: z.string(), count: z.int().positive() }),
  z.strictObject({ command: z.literal('memory') }),
])
export type Command = z.infer<typeof commandSchema>

export const openedSchema = z.strictObject({
  variants: z.array(z.string()).min(1),
  versions: z.record(z.string(), z.string()),
})
export type Opened = z.infer<typeof openedSchema>

export const ranSchema = z.strictObject({
  /** Wall time of all `count` together. */
  milliseconds: z.number().nonnegative(),
  /** What each of them came to, such as the losses of a step; compared between both sides. */
  values: z.array(z.array(z.number())),
})
export type Ran = z.infer<typeof ranSchema>

/** Bytes, by the account of the operating system. */
export const memorySchema = z.strictObject({
  peak: z.number().positive(),
  resident: z.number().positive(),
})
export type Memory = z.infer<typeof memorySchema>
