import { shown } from '../../base/file-error.ts'

/** As much of a refusal as is shown: types and names in it are as long as a stranger likes. */
const LONGEST = 500

/** Why a graph is not one that the compiler writes; whoever reads the file adds which one. */
export class Refused extends Error {
  constructor(problem: string) {
    super(shown(problem, LONGEST))
  }
}

/** There is more of it than a bundle may have; the compiler can write that, too. */
export class TooMuch extends Refused {}

/** A name that a stranger wrote, for a message. */
export const quoted = (name: string): string => `'${shown(name, 80)}'`
