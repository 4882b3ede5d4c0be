import { UserError } from '../src/base/error.ts'
import { found } from '../src/base/lists.ts'
import { options as checked, type Checks } from '../src/lang/check.ts'
import { count, flag, list, text } from '../src/lang/kinds.ts'
import { requireProgram } from '../src/lang/program.ts'
import { aRuleOrCredit, movements, taughtBy, type Movement } from './movements.ts'
import { norm, relativeError } from './numbers.ts'
import type { Credit } from '../src/lang/credit.ts'
import type { Program, Rule } from '../src/index.ts'

/** What `checkUpdate` takes beside the program. */
export interface UpdateCheckOptions {
  /** The rule whose updates are expected, under the program's own credit; or with another: `global(clapp())`. */
  readonly like: Rule | Credit
  /** Whether each parameter's update may be longer or shorter by a positive factor of its own. Default false. */
  readonly upToFactor?: boolean
  /** Which parameters are compared: `['weight']`, or `['conv1.weight']`. Default: all that either rule moves. */
  readonly only?: readonly string[]
  /** Images in the batch; default the program's, but 4 at most. */
  readonly batch?: number
  /** Times that it is tried, each with other parameters, images and draws; default 2. */
  readonly trials?: number
}

const checks: Checks<UpdateCheckOptions> = {
  like: aRuleOrCredit,
  upToFactor: flag.optional(),
  only: list(text, 'names of parameters', 1).optional(),
  batch: count.optional(),
  trials: count.optional(),
}

/**
 * How far the updates of a program's rule are from those of another rule: the largest relative error of any
 * parameter's update ΔW, before the optimizer, in float64 at the start of a run on random images, over some trials.
 * Both rules get the same parameters, images and draws; parameters of their own are taken for the same where they have
 * the same name. Below 1e-10 both do the same.
 *
 * @throws UserError ('RuleError') where one rule moves a parameter that the other leaves alone, unless `only` leaves it
 * out; and where no update is other than zero.
 */
export async function checkUpdate(program: Program, options: UpdateCheckOptions): Promise<number> {
  requireProgram('checkUpdate', program)
  const {
    like,
    upToFactor = false,
    only,
    batch = Math.min(program.batch, 4),
    trials = 2,
  } = checked('checkUpdate', checks, options)
  const other = taughtBy('checkUpdate', program, like)
  const isMeant = ({ name, own }: Movement) => only === undefined || only.includes(name) || only.includes(own)
  const unknown = new Set(only)
  let [worst, isEmpty] = [0, true]
  for (let trial = 0; trial < trials; trial++) {
    const moved = async (of: Program): Promise<Moved> =>
      new Map((await movements({ ...of, batch }, trial)).filter(isMeant).map((each) => [each.name, each]))
    const [all, wanted] = [await moved(program), await moved(other)]
    requireSame(program, all, wanted)
    for (const [name, { own, change }] of all) {
      ;[name, own].forEach((each) => unknown.delete(each))
      const expected = found(wanted, name, name).change
      isEmpty &&= norm(change) === 0 && norm(expected) === 0
      worst = Math.max(worst, upToFactor ? angle(change, expected) : relativeError(change, expected))
    }
  }
  const fail = (problem: string, help: string) =>
    new UserError('RuleError', problem, { origin: program.learn.rule.origin, help })
  for (const name of unknown)
    throw fail(`'${program.learn.rule.name}' moves no '${name}'`, 'name parameters as its updates do')
  if (isEmpty) throw fail('every update is zero: the check would be empty', 'are the images compared at all?')
  return worst
}

type Moved = ReadonlyMap<string, Movement>

function requireSame({ learn: { rule } }: Program, ours: Moved, theirs: Moved): void {
  const alone = (these: Moved, those: Moved) => [...these.keys()].filter((name) => !those.has(name))
  const [more, missing] = [alone(ours, theirs), alone(theirs, ours)]
  if (more.length + missing.length === 0) return
  const parts = [
    ...(more.length > 0 ? [`moves ${more.join(', ')}, which the other does not`] : []),
    ...(missing.length > 0 ? [`leaves ${missing.join(', ')} alone, which the other moves`] : []),
  ]
  throw new UserError('RuleError', `'${rule.name}' ${parts.join(', and ')}`, {
    origin: rule.origin,
    help: "compare what both move: { only: ['weight'] }",
  })
}

/** The largest error between two directions; that of one that is zero to another is infinite. */
function angle(a: Float64Array, b: Float64Array): number {
  const [long, wide] = [norm(a), norm(b)]
  if (long === 0 || wide === 0) return long === wide ? 0 : Infinity
  return relativeError(
    a.map((value) => value / long),
    b.map((value) => value / wide),
  )
}
