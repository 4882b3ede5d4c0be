import { stepsOf, type PlanOptions } from '../../../runtime/train/run-plan.ts'
import { openRunCheckpoint, type RunFolder } from '../../../runtime/files/run-folder.ts'
import { recordOf } from '../../../runtime/train/given-start.ts'
import { divideImages } from '../../../runtime/train/set-aside.ts'
import { openFor } from '../../../runtime/batches/open-for.ts'
import { UserError } from '../../base/error.ts'
import { at, present } from '../../base/lists.ts'
import { showValue } from '../../lang/options/values.ts'
import { preparingVisibly } from '../preparing.ts'
import type { DataSource } from '../../../runtime/data/format.ts'
import type { Bundle } from '../../bundle/bundle.ts'

/** What a run was begun with, and a command that names its folder again must say. */
type Wanted = Pick<PlanOptions, 'out' | 'seed' | 'validation' | 'init' | 'initLayers'> & {
  readonly steps: number
  readonly shards?: number | undefined
}

/**
 * @param named the program, as the command has it
 * @throws UserError ('RunError') where the run is of another program, seed, length or start; of its data,
 *   `imagesOfRun` says so
 */
export function requireSameRun(
  { record, bundle }: RunFolder,
  wanted: Wanted,
  given: Bundle,
  named: string,
): void {
  const { out, seed = 0, validation, steps, shards, init, initLayers } = wanted
  const refuse = (problem: string, help: string) =>
    new UserError('RunError', problem, { help: `${help}, or choose another folder for --out.` })
  const set = otherOption(record, given)
  if (set) throw refuse(`${out} was begun with ${set.began}, not ${set.given}`, `Give --set ${set.began}`)
  if (given.identity !== record.identity)
    throw refuse(
      `${out} is a run of another program ('${record.program}') than ${named}`,
      'Name the program that it was begun with',
    )
  if (seed !== record.seed)
    throw refuse(`${out} was begun with seed ${record.seed}, not ${seed}`, `Give --seed ${record.seed}`)
  const part = (aside: number | undefined) => (aside === undefined ? 'none' : String(aside))
  if (validation !== record.validation)
    throw refuse(
      `${out} was begun with ${part(record.validation)} of its images set aside, not ${part(validation)}`,
      'Give the --validation that it was begun with',
    )
  if (steps !== record.totalSteps)
    throw refuse(
      `${out} is a run of ${record.totalSteps} steps, not ${steps}`,
      `Give --steps ${record.totalSteps}; a new length: hebb train --resume --out ${out} --steps ${steps}`,
    )
  const dealt = bundle.manifest.sharded?.shards
  if (shards !== undefined && shards !== dealt)
    throw refuse(
      `${out} was begun with ${dealt ?? 'no'} shards, not ${shards}`,
      'Leave --shards out: a run keeps those that it was begun with',
    )
  const asked = init === undefined ? undefined : recordOf({ init, initLayers })
  const [before, now] = [record.init, asked].map((start) => [start?.sha256, ...(start?.layers ?? [])].join())
  if (before !== now)
    throw refuse(
      `${out} started with weights of ${startText(record.init)}, not of ${startText(asked)}`,
      'Give the --init that it was begun with, as it was',
    )
}

const startText = (start: RunFolder['record']['init']): string =>
  start === undefined
    ? 'the seed'
    : [start.weights, ...(start.layers ?? []), `SHA-256 ${start.sha256.slice(0, 8)}…`].join(', ')

/** The first option that had another value; undefined where none had, or the programs have different options. */
function otherOption(
  { options = {} }: RunFolder['record'],
  { manifest: { program: given } }: Bundle,
): { readonly began: string; readonly given: string } | undefined {
  const { options: now = {} } = given
  const names = Object.keys(options)
  if (names.join() !== Object.keys(now).join()) return undefined
  const shown = (all: typeof options) => names.map((name) => `${name}=${showValue(present(all[name], name))}`)
  const [before, after] = [shown(options), shown(now)]
  const index = before.findIndex((each, i) => each !== after[i])
  return index < 0 ? undefined : { began: at(before, index), given: at(after, index) }
}

/** The length that is asked for, of a run that is there. */
export async function stepsAsked(
  { bundle, record }: RunFolder,
  source: DataSource,
  asked: Pick<PlanOptions, 'epochs' | 'steps'>,
): Promise<number> {
  if (asked.steps !== undefined) return asked.steps
  const all = await openFor(bundle.manifest, source, record.split, preparingVisibly())
  return stepsOf(asked, divideImages(all, record).dataset, bundle)
}

/** @throws UserError ('SweepError') where a program is not the one that a sweep was begun with */
export function requireExpected({ identity }: Bundle, expected: string, named: string): void {
  if (identity === expected) return
  throw new UserError('SweepError', `${named} is not the program any more that the sweep was begun with`, {
    help: 'Begin another sweep, in another folder; or put the program back as it was.',
  })
}

/** The checksum of the last checkpoint of a run that has come to its end; undefined of one that has not. */
export function finishedCheckpoint(run: RunFolder): string | undefined {
  const checkpoint = openRunCheckpoint(run)
  checkpoint?.close()
  return checkpoint?.step === run.record.totalSteps ? checkpoint.checksum : undefined
}
