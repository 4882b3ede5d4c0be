import { z } from 'zod'
import type { Command } from 'commander'
import { ranges } from '../../runtime/given/ranges.ts'
import { shownUrl } from '../base/url-credentials.ts'
import { exitCodes } from './exit-codes.ts'

/** A flag's text as a whole number between two others, in digits alone. */
export const wholeNumber = (least: number, most: number = ranges.many[1]) => {
  const error = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+$/, error)
    .transform(Number)
    .pipe(z.int(error).min(least, error).max(most, error))
}

export const seedNumber = wholeNumber(...ranges.seed)

/** A flag's text as a number that lies between two others, without them: 0.1, 1e-3. */
export const numberBetween = (low: number, high: number) => {
  const error =
    high === Infinity ? `must be a number above ${low}` : `must be a number above ${low} and below ${high}`
  return z
    .string()
    .regex(/^\d*\.?\d+(e[-+]?\d+)?$/i, error)
    .transform(Number)
    .refine((value) => value > low && value < high, error)
}

/** Which of a run's checkpoints: `last`, `best`, or a step. */
export const which = z.union([z.literal('last'), z.literal('best'), wholeNumber(1)], {
  error: 'must be last, best, or the step of a checkpoint that was kept',
})

/** A flag's text as names with commas between them. */
export const names = z
  .string()
  .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be names with commas between them')
  .transform((text) => text.split(','))

/** A flag's text as whole numbers with commas between them, each once. */
export const numbers = (least: number, most: number) => {
  const error = `must be different whole numbers from ${least} to ${most}, with commas between them`
  const number = wholeNumber(least, most)
  return z
    .string()
    .transform((text) => text.split(',').map((each) => number.safeParse(each).data))
    .refine(
      (all): all is number[] => all.every((each) => each !== undefined) && new Set(all).size === all.length,
      error,
    )
}

export const folder = z.string().min(1, 'must be a path')

/**
 * The flags of a command, checked and typed; a missing or invalid one ends the command as a mistake of usage.
 * Required flags are optional to commander, which would complain of them before it sees that one is misspelt.
 */
export function parseFlags<Flags>(command: Command, schema: z.ZodType<Flags>): Flags {
  const given = command.opts<Record<string, string | boolean | undefined>>()
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const name = String(issue?.path[0])
  const flags = command.options.find((option) => option.attributeName() === name)?.flags ?? name
  const problem =
    given[name] === undefined
      ? `required option '${flags}' not specified`
      : `option '${flags}' argument '${shownUrl(String(given[name]))}' is invalid: it ${issue?.message ?? ''}`
  return command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
}
