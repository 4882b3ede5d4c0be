import { withoutCredentials } from '../base/url-credentials.ts'
import type { Command } from 'commander'

/**
 * The words of a command line as it was given, from the command's name on; flags behind arguments. Whoever reads the files of a
 * run reads them: passwords in the address of a server are left out.
 */
export function givenWords(command: Command): readonly string[] {
  const names: string[] = []
  for (let each: Command | null = command; each; each = each.parent) names.unshift(each.name())
  const flags = command.options.flatMap((option) => {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') return []
    const value: unknown = command.getOptionValue(name)
    const flag = option.long ?? option.flags
    // A switch that is turned off has the same attribute as one that is turned on.
    if (typeof value === 'boolean') return value === option.negate ? [] : [flag]
    return valuesOf(value).flatMap((each) => [flag, flag === '--on' ? withoutCredentials(each) : each])
  })
  return [...names, ...command.args, ...flags]
}

/** What a flag was given, once for each time; `--set` gathers values by their names. */
function valuesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String)
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).map(([name, each]) => `${name}=${String(each)}`)
  return [String(value)]
}
