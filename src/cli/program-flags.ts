import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import { exitCodes } from './exit-codes.ts'
import { DEFAULT_TIMEOUT } from './guard/timeout-error.ts'
import { wholeNumber } from './flags.ts'
import { isProgramPath } from './load-program.ts'
import type { Settings } from './settings.ts'

/** Of every command that loads programs. */
export const programFlags = {
  timeout: wholeNumber(1, 86_400).optional(),
  set: z.custom<Settings>((given) => typeof given === 'object').optional(),
}

export const addProgramFlags = (command: Command): Command =>
  command
    .option(
      '--set <name=value>',
      'sets an option that the program declares, such as lr=1e-4; a --set for each',
      addSetting,
    )
    .option(
      '--timeout <seconds>',
      `how long a program may take to load and compile (default: ${DEFAULT_TIMEOUT})`,
    )
    .hook('preAction', (_, action) => {
      if (action.getOptionValue('set') !== undefined) requireSettable(action)
    })

/** One more of `--set`. */
function addSetting(text: string, before: Settings = {}): Settings {
  const { name, value } = /^(?<name>[^=]+)=(?<value>.*)$/su.exec(text)?.groups ?? {}
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be name=value, such as lr=1e-4.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`'${name}' is set twice.`)
  return { ...before, [name]: value }
}

/** Options are a program's: a bundle was compiled at some, and a run was begun. */
const requireSettable = (command: Command): void => {
  requirePrograms(command, '--set', { does: 'sets options of programs', kept: 'options' })
}

/**
 * A flag says how programs are compiled: all that are named are some, and none is of a run that goes on.
 *
 * @param words what it does, and what of it a run keeps
 */
export function requirePrograms(
  command: Command,
  flag: string,
  { does, kept }: { readonly does: string; readonly kept: string },
): void {
  if (command.getOptionValue('resume') === true)
    fail(command, `${flag} is for a new run: one that goes on keeps the ${kept} that it was begun with`)
  const named = command.registeredArguments[0]?.variadic === true ? command.args : command.args.slice(0, 1)
  const compiled = named.find((path) => !isProgramPath(path))
  if (compiled !== undefined)
    fail(command, `${compiled} is no program: ${flag} ${does}, such as mine.ts, before they are compiled`)
}

const fail = (command: Command, problem: string) =>
  command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
