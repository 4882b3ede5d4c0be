import { didYouMean } from '../base/near-names.ts'
import { exitCodes } from './exit-codes.ts'
import type { Command, Option } from 'commander'

/** What commander takes as it comes, checked as its user means it. */

const fail = (command: Command, problem: string): never =>
  command.error(`error: ${problem}`, { code: 'hebb.invalidWords', exitCode: exitCodes.usage })

/** `--weird`, `-w`; neither -, which often stands for a stream, nor -1. */
const looksLikeOption = (word: string): boolean => /^-(?!$|\.?\d)/.test(word)

interface Found {
  readonly command: Command
  /** The words that name it. */
  readonly path: readonly string[]
  readonly rest: readonly string[]
}

function commandOf(root: Command, words: readonly string[]): Found {
  const [word] = words
  const next = root.commands.find((command) => command.name() === word)
  if (word === undefined || !next) return { command: root, path: [], rest: words }
  const { command, path, rest } = commandOf(next, words.slice(1))
  return { command, path: [word, ...path], rest }
}

/** `hebb help train` is `hebb train --help`; commander would pass over a word that names no command, or one too many. */
function askedHelp(root: Command, names: readonly string[]): string[] {
  const { command, path, rest } = commandOf(root, names)
  const [word] = rest.filter((each) => each !== '--help' && each !== '-h')
  if (word === undefined || (path.length === 0 && word === 'help')) return [...path, '--help']
  const known = command.commands.map((each) => each.name())
  if (known.length === 0) return fail(command, `'${word}' is too much: write hebb help ${path.join(' ')}`)
  return fail(command, `there is no command '${word}' to help with: ${didYouMean(word, known)}`)
}

/**
 * The words of a command line, for commander to read; --help anywhere before -- is all that is left beside the
 * command. An option that takes the next one for its value, or has two values, ends it as a mistake of usage.
 */
export function checkedWords(root: Command, words: readonly string[]): string[] {
  if (words[0] === 'help') return askedHelp(root, words.slice(1))
  const { command, path, rest } = commandOf(root, words)
  const end = rest.indexOf('--')
  const before = end < 0 ? rest : rest.slice(0, end)
  if (path.length > 0 && before.some((word) => word === '--help' || word === '-h')) return [...path, '--help']
  const given = new Set<Option>()
  for (let i = 0; i < rest.length && rest[i] !== '--'; i++) {
    const [name, value] = (rest[i] ?? '').split('=', 2)
    const option = command.options.find(({ long, short }) => name === long || name === short)
    if (!option?.required) continue
    if (given.has(option) && !option.parseArg) fail(command, `option '${option.flags}' is given twice`)
    given.add(option)
    if (value !== undefined) continue
    const next = rest[(i += 1)]
    if (next !== undefined && looksLikeOption(next))
      fail(
        command,
        `option '${option.flags}' argument missing: '${next}' is an option (a value that begins so: ${option.long ?? ''}=${next})`,
      )
  }
  return [...words]
}

/** A path or name that is empty is what scripts make of a variable that is not set; it is not the folder '.'. */
export const refuseEmpty = (command: Command): void => {
  const index = command.args.indexOf('')
  if (index < 0) return
  const name = command.registeredArguments[index] ?? command.registeredArguments.at(-1)
  fail(command, `argument '${name?.name() ?? ''}' is empty`)
}
