import { z } from 'zod'
import { dtypes } from '../../base/dtype.ts'

/** What all parts of a manifest are described with. */

export const name = z.string().min(1)
export const shape = z.array(z.int().nonnegative())
export const dtype = z.enum(dtypes)
