import { z } from 'zod'
import { countList, plainName } from '../../base/strangers.ts'
import { dtypes } from '../../base/dtype.ts'

/** What all parts of a manifest are described with. */

export const name = plainName
export const shape = countList
export const dtype = z.enum(dtypes)
