import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'

/**
 * Flags of `hebb run` that a run takes with it to another host. None of them names a path, a module or a device: what a
 * worker reads and writes, and where it computes, is said by who started the worker.
 */

const switches = ['--tf32', '--tensorboard', '--no-tensorboard', '--no-report']
const valued = [
  ...['--epochs', '--steps', '--steps-per-run', '--checkpoint-every', '--keep', '--keep-best'],
  ...['--probe-every', '--validation', '--workers', '--parallel', '--prepare-ahead'],
  ...['--probe-epochs', '--k', '--labels'],
]

/** By flag; those without a value have an empty one. */
export type CarriedFlags = Readonly<Record<string, string>>

/** Whether a flag may go to another host. */
export const isCarried = (flag: string): boolean => switches.includes(flag) || valued.includes(flag)

/** @throws UserError ('SweepError') that names the first flag that may not go to another host, or not as it is */
export function requireCarried(flags: CarriedFlags): void {
  for (const [flag, value] of Object.entries(flags)) {
    if (!isCarried(flag))
      throw new UserError('SweepError', `${shown(flag)} cannot go with a run to another host`, {
        help: 'Leave it out, or make the runs here: hebb sweep without --on.',
      })
    if (switches.includes(flag) !== (value === ''))
      throw new UserError(
        'SweepError',
        value === '' ? `${flag} has no value` : `${flag} takes no value, and has '${shown(value)}'`,
      )
  }
}

/** As words of a command line, a flag and its value in one: a value is never taken for another flag. */
export const carriedWords = (flags: CarriedFlags): string[] =>
  Object.entries(flags).map(([flag, value]) => (value === '' ? flag : `${flag}=${value}`))
