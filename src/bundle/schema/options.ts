import { z } from 'zod'
import { numberList, recordOf } from '../../base/strangers.ts'

/** Values of a program's options, by name. */
export const optionValues = recordOf(z.union([z.number(), z.boolean(), z.string(), numberList]))
