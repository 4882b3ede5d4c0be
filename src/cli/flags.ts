import { z } from 'zod'
import type { Command } from 'commander'
import { exitCodes } from './exit-codes.ts'

/** A flag's text as a whole number of at least `least`. */
export const wholeNumber = (least: number) => {
  const error = `must be a whole number, ${least} or more`
  return z.string().regex(/^\d+$/, error).transform(Number).pipe(z.int(error).min(least, error))
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
      : `option '${flags}' argument '${String(given[name])}' is invalid: it ${issue?.message ?? ''}`
  return command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
}
