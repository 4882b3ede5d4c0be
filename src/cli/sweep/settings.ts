import { UserError } from '../../base/error.ts'
import { readEarly } from '../operation-flags.ts'
import type { Command, Option } from 'commander'

/** Which flags of a sweep are those of its runs, and which of these may be others when it is gone on with. */

/** Of the sweep itself, or of each run by what the sweep varies. */
const own = [
  ...['--out', '--over', '--seeds', '--seed', '--jobs', '--set', '--threads', '--expect', '--prometheus'],
  ...['--on', '--creds', '--watch', '--no-watch', '--withdraw'],
  ...readEarly,
]
/** The bits of no run depend on them. */
const free = [
  '--device',
  '--devices',
  '--prepare-ahead',
  '--timeout',
  '--quiet',
  '--tensorboard',
  '--no-tensorboard',
]
/** How runs that are trained are judged: `hebb run` judges anew what was judged otherwise. */
const judging = ['--probe-epochs', '--k', '--labels', '--align', '--align-batches', '--no-report']

/** By flag; those without a value have an empty one. */
export type Flags = Readonly<Record<string, string>>

/** What was said on the command line, of flags that have a text or none. */
export function said(command: Command): [string, string][] {
  const isSaid = (option: Option) => {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') return false
    const value: unknown = command.getOptionValue(name)
    return typeof value === 'boolean' ? option.negate === !value : true
  }
  return command.options.filter(isSaid).map((option) => {
    const value: unknown = command.getOptionValue(option.attributeName())
    return [option.long ?? option.flags, typeof value === 'string' ? value : '']
  })
}

export interface RunSettings {
  /** What the bits of runs depend on. */
  readonly fixed: Flags
  readonly judging: Flags
  readonly free: Flags
}

export function runSettings(command: Command): RunSettings {
  const all = said(command).filter(([name]) => !own.includes(name))
  const among = (wanted: (name: string) => boolean): Flags =>
    Object.fromEntries(all.filter(([name]) => wanted(name)).sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    fixed: among((name) => !free.includes(name) && !judging.includes(name)),
    judging: among((name) => judging.includes(name)),
    free: among((name) => free.includes(name)),
  }
}

export const wordsOf = (flags: Flags): string[] =>
  Object.entries(flags).map(([name, value]) => (value === '' ? name : `${name}=${value}`))

/** @throws UserError ('SweepError') that names the flag in which a sweep is asked for otherwise than it was begun */
export function requireSameSettings(folder: string, before: Flags, now: Flags): void {
  const name = [...new Set([...Object.keys(before), ...Object.keys(now)])].find(
    (each) => before[each] !== now[each],
  )
  if (name === undefined) return
  const told = (value: string | undefined) =>
    value === undefined ? `without ${name}` : `with ${value === '' ? name : `${name} ${value}`}`
  throw new UserError('SweepError', `${folder} was begun ${told(before[name])}, not ${told(now[name])}`, {
    help: 'All runs of a sweep are made alike: give the same, or choose another folder for --out.',
  })
}
