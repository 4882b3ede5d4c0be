import { z } from 'zod'
import { listOf } from '../../base/strangers.ts'
import { name } from './basic.ts'
import { signalNames } from '../signals.ts'

export const locality = z.strictObject({
  parameter: name,
  layer: name,
  /** What its update is computed from. */
  reads: listOf(
    z.strictObject({
      kind: z.enum(signalNames),
      /** Whose it is, where it is another layer's. */
      layer: name.optional(),
      /** Where it is that of all layers from there on: the last of them. */
      through: name.optional(),
    }),
  ),
})
export type Locality = z.infer<typeof locality>
