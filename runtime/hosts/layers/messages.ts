import { z } from 'zod'
import { listOf, parseJsonAs, plainLines, plainName, recordOf } from '../../../src/base/strangers.ts'
import { UserError } from '../../../src/base/error.ts'
import { storedFile } from '../job.ts'

/** What who asked for a training and its groups say to each other; activity has its own way. */

const step = z.int().nonnegative()

/** To all groups. The last one is all that counts. */
const orders = z.strictObject({
  /** Steps that may be done. */
  until: step,
  /** Steps after which values are asked for, and not all there yet. */
  saves: listOf(step),
  /** How often it was asked who is there: each group that hears of a further time answers. */
  asked: step,
})
export type Orders = z.infer<typeof orders>

/** JSON has no others. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
const who = { group: z.int().nonnegative(), host: plainName }

const result = z.discriminatedUnion('kind', [
  /** A step (from 0) is done. */
  z.strictObject({
    kind: z.literal('done'),
    ...{ ...who, step, losses: recordOf(number), log: recordOf(recordOf(number)) },
    /** Milliseconds of each graph. */
    graphs: recordOf(z.number().nonnegative()),
  }),
  /** Values after so many steps are on the server. */
  z.strictObject({ kind: z.literal('saved'), ...who, step, file: storedFile }),
  /** The host is at the group: when it begins, and where it was asked. */
  z.strictObject({ kind: z.literal('here'), ...who, asked: step }),
  /** The group cannot go on, and nobody else can. */
  z.strictObject({ kind: z.literal('failed'), ...who, name: plainName, message: plainLines }),
])
export type Result = z.infer<typeof result>

const spelt = (_name: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

export const textOf = (message: Orders | Result): string => JSON.stringify(message, spelt)

export const readOrders = (text: string): Orders => read(text, orders)
export const readResult = (text: string): Result => read(text, result)

/** @throws UserError ('ServerError') for what is none of ours */
function read<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return parseJsonAs(text, schema)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new UserError('ServerError', `a message between groups of layers ${error.message}`, {
      help: 'Somebody else has written it, or another version of hebb: look at who may write on the server.',
    })
  }
}
