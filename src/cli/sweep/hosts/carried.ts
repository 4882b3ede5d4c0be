import { requireCarried } from '../../../../runtime/hosts/run-flags.ts'
import { without } from '../../../base/without.ts'
import type { Request } from '../request.ts'
import type { Flags } from '../settings.ts'

/** What of a sweep's flags goes to its workers. */

/** Said in other words, done by then, or by who started the sweep. */
const here = [
  ...['--data', '--split', '--provider', '--shards', '--steps-per-run', '--timeout', '--quiet'],
  ...['--align', '--align-batches', '--no-report'],
] as const

/**
 * Flags of `hebb run` that a worker is given. Pages are written where a run is fetched: they name its folder and the
 * program.
 *
 * @throws UserError ('SweepError') for what only this machine has
 */
export function carriedFlags({ settings, flags }: Request): Flags {
  const { fixed, judging, free } = settings
  const all: Flags = { ...fixed, ...judging, ...free }
  const carried = {
    ...without(all, ...here),
    // Who asks for shards means that they do the steps, and a bundle has its shards.
    ...(flags.shards === undefined || flags.parallel === undefined ? {} : { '--parallel': flags.parallel }),
    '--no-report': '',
  }
  requireCarried(carried)
  return carried
}
